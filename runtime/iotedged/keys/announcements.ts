import type { V1OwnerReference } from "@kubernetes/client-node";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { type ObjectStore, parseJson } from "#base";
import { dataKeys } from "#contract";
import { createTrustConfigMap } from "../trust-config-map.ts";

const AnnouncementsSchema = Type.Record(Type.String(), Type.Array(Type.Integer(), { maxItems: 16 }));

/** Which versions of ciphertexts each pod of iotedged can read by its own word, by the pod's name. */
export type Announcements = Static<typeof AnnouncementsSchema>;

/** Announcements as they are in the cluster. */
export interface StoredAnnouncements {
  readonly announcements: Announcements;
  /** Undefined where there is no ConfigMap yet. */
  readonly resourceVersion: string | undefined;
}

const maxText = 64 * 1024;

/**
 * What the replicas tell each other, in ConfigMap `iotedged-trust` under a key and a field manager of its own: its other
 * content has a closed schema, so a replica that knows no announcements would take a record with them for spoilt, and
 * it drops whatever else its own field manager has written.
 */
export function createAnnouncementStore(store: ObjectStore, installation: string) {
  const configMap = createTrustConfigMap(store, installation, dataKeys.ciphertexts);
  return {
    read: async (): Promise<StoredAnnouncements> => {
      const { text, resourceVersion } = await configMap.read();
      return { announcements: parseAnnouncements(text), resourceVersion };
    },
    /** @throws EDGE_KUBERNETES_CONFLICT when the ConfigMap is no longer the one that was read */
    write: (
      announcements: Announcements,
      { resourceVersion }: StoredAnnouncements,
      owner: V1OwnerReference,
    ): Promise<void> => configMap.write({ text: JSON.stringify(announcements), resourceVersion }, owner),
  };
}

/** Whoever may edit ConfigMaps can spoil it: then nobody has announced anything, until each replica does so again. */
function parseAnnouncements(text: string): Announcements {
  if (text === "" || text.length > maxText) return {};
  const value = parseJson(text);
  return Value.Check(AnnouncementsSchema, value) ? value : {};
}
