import type { Told } from "./events.ts";
import { missingObject } from "./missing-object.ts";

/** What became of objects of a namespace that its pods name, and that a kubelet has looked for in vain. */
export interface SoughtObjects {
  /** Pull Secrets that the installation has its pods name. */
  readonly ofInstallation: readonly string[];
  /** Pull Secrets by name: since when they are there; undefined where they are not. */
  readonly since: ReadonlyMap<string, string | undefined>;
  /** Secrets and ConfigMaps that pods mount or read variables from, and that are there by now, as `objectName` names them. */
  readonly come: ReadonlySet<string>;
}

/** Where nobody has looked: then what the kubelet has said last holds. */
export const nothingSought: SoughtObjects = { ofInstallation: [], since: new Map(), come: new Set() };

/** As a sighting and an installation's state name an object. */
export function objectName(kind: "Secret" | "ConfigMap", name: string): string {
  return `${kind} ${name}`;
}

/** Pull Secrets that the kubelet has looked for in vain. */
export function soughtPullSecrets(told: readonly Told[]): readonly string[] {
  const names = told
    .filter(({ reason }) => reason === "FailedToRetrieveImagePullSecret")
    .flatMap(({ message }) => /pull secrets \(([^)]*)\)/.exec(message)?.[1]?.split(/[\s,]+/) ?? []);
  return [...new Set(names)].filter((name) => name !== "");
}

/** Secrets and ConfigMaps that a pod reads, and that the kubelet has looked for in vain, each once. */
export function soughtObjects(
  told: readonly Told[],
): readonly { readonly kind: "Secret" | "ConfigMap"; readonly name: string }[] {
  const found = told
    .filter(({ reason }) => reason.startsWith("Failed"))
    .flatMap(({ message }) => missingObject(message) ?? [])
    .filter(({ key }) => key === undefined);
  return [...new Map(found.map(({ kind, name }) => [objectName(kind, name), { kind, name }])).values()];
}
