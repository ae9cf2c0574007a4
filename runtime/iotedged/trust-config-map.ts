import type { V1OwnerReference } from "@kubernetes/client-node";
import type { ObjectStore } from "#base";
import { componentLabels, objectNames } from "#contract";
import { configMaps } from "#shared";

/** What stands under one key of ConfigMap `iotedged-trust`. */
export interface StoredText {
  /** Empty where there is none. */
  readonly text: string;
  /** Undefined where there is no ConfigMap yet. */
  readonly resourceVersion: string | undefined;
}

/** One key of ConfigMap `iotedged-trust`, which all pods of iotedged write under the field manager of `store`. */
export function createTrustConfigMap(store: ObjectStore, installation: string, key: string) {
  return {
    read: async (): Promise<StoredText> => {
      const object = await store.get(configMaps, objectNames.trustRecord);
      return { text: object?.data?.[key] ?? "", resourceVersion: object?.metadata.resourceVersion };
    },
    /** @throws EDGE_KUBERNETES_CONFLICT when the ConfigMap is no longer the one that was read */
    write: async ({ text, resourceVersion }: StoredText, owner: V1OwnerReference): Promise<void> => {
      await store.apply({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: objectNames.trustRecord,
          namespace: store.namespace,
          labels: componentLabels("iotedged", installation),
          ownerReferences: [owner],
          ...(resourceVersion !== undefined && { resourceVersion }),
        },
        data: { [key]: text },
      });
    },
  };
}
