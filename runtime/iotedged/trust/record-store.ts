import type { V1OwnerReference } from "@kubernetes/client-node";
import { Value } from "typebox/value";
import { type ObjectStore, parseJson } from "#base";
import { dataKeys, type TrustRecord, TrustRecordSchema } from "#contract";
import { createTrustConfigMap } from "../trust-config-map.ts";

/** A record as it is in the cluster. */
export interface StoredRecord {
  readonly record: TrustRecord;
  /** Undefined where there is none yet. */
  readonly resourceVersion: string | undefined;
}

const maxText = 1024 * 1024;

/** ConfigMap `iotedged-trust`, which all pods of iotedged write: each change is refused when another came between. */
export function createRecordStore(store: ObjectStore, installation: string) {
  const configMap = createTrustConfigMap(store, installation, dataKeys.trustRecord);
  return {
    read: async (): Promise<StoredRecord> => {
      const { text, resourceVersion } = await configMap.read();
      return { record: parseRecord(text), resourceVersion };
    },
    /** @throws EDGE_KUBERNETES_CONFLICT when it is no longer the one that was read */
    write: (record: TrustRecord, { resourceVersion }: StoredRecord, owner: V1OwnerReference): Promise<void> =>
      configMap.write({ text: recordText(record), resourceVersion }, owner),
  };
}

/** The record as JSON, always the same for the same content. */
export function recordText({ pods, replicas }: TrustRecord): string {
  const sorted = <T>(map: Readonly<Record<string, T>>, order: (value: T) => T) =>
    Object.fromEntries(
      Object.entries(map)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, order(value)]),
    );
  return JSON.stringify({
    pods: sorted(pods, ({ name, module, bundle, fetched, leaves }) => ({
      name,
      module,
      ...(bundle && { bundle: { hash: bundle.hash, at: bundle.at } }),
      ...(fetched && { fetched: { hash: fetched.hash, at: fetched.at } }),
      leaves: leaves.map(({ kind, name: of, ca, root, notAfter, at }) => ({ kind, name: of, ca, root, notAfter, at })),
    })),
    replicas: sorted(replicas, ({ bundle, ca, root, caNotAfter, serving, at }) => ({
      bundle,
      ca,
      root,
      caNotAfter,
      ...(serving && { serving: { ca: serving.ca, root: serving.root, notAfter: serving.notAfter } }),
      at,
    })),
  });
}

/** Anyone who may edit ConfigMaps can spoil the record. It then begins anew, and rotations wait until all pods are in it. */
export function parseRecord(text: string): TrustRecord {
  const empty: TrustRecord = { pods: {}, replicas: {} };
  if (text === "" || text.length > maxText) return empty;
  const value = parseJson(text);
  return Value.Check(TrustRecordSchema, value) ? value : empty;
}
