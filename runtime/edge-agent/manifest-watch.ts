import type { Informer } from "#base";
import { objectNames } from "#contract";
import type { ConfigMap } from "#shared";
import { type ManifestDocument, type ManifestSource, manifestOfConfigMap } from "./manifest-source.ts";

/** Has the newest manifest judged, again when what it is judged by has changed. */
export interface ManifestWatch {
  /** Takes a newer one, from wherever. */
  take(document: ManifestDocument): void;
  /** Takes those of a ConfigMap, now and whenever it changes. */
  follow(configMaps: Informer<ConfigMap>): void;
  /** Judges the newest one again; nothing where there was none yet. */
  look(): void;
  /** What was taken counts no more: who has stood by sees every ConfigMap, and nothing of the hub. */
  forget(): void;
}

/** @param onVerdict called when there is a new verdict */
export function createManifestWatch(source: ManifestSource, onVerdict: () => void): ManifestWatch {
  let newest: ManifestDocument | undefined;
  const look = () => {
    if (newest !== undefined && source.look(newest)) onVerdict();
  };
  const take = (document: ManifestDocument) => {
    newest = document;
    look();
  };
  return {
    take,
    look,
    forget() {
      newest = undefined;
      source.forget();
    },
    follow(configMaps) {
      const read = () => take(manifestOfConfigMap(configMaps.get(objectNames.deployment)));
      read();
      configMaps.onChange(read);
    },
  };
}
