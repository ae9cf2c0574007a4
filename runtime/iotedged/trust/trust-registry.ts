import { createHash } from "node:crypto";
import { type Clock, canonicalJson } from "#base";
import type { PodTrust, ReplicaTrust, TrustRecord } from "#contract";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import type { Issuer } from "./issuer.ts";
import { mergeLeaves, mergeRecords } from "./merge-records.ts";

/** Which pod trusts what, and whose certificates are in use: what this pod of iotedged has seen, and what others wrote. */
export interface TrustRegistry {
  /** Called with every request, so it does next to nothing unless the hash is a new one. */
  sawBundle(module: ModuleIdentity, hash: string): void;
  /** The module has fetched the bundle itself. */
  sawFetch(module: ModuleIdentity, hash: string): void;
  sawLeaf(module: ModuleIdentity, leaf: IssuedLeaf): void;
  setReplica(name: string, replica: Omit<ReplicaTrust, "at">): void;
  /** Takes over what the record in the cluster says. */
  merge(record: TrustRecord): void;
  /** Forgets pods and replicas that are gone, and certificates that have ended. */
  prune(isPod: (uid: string) => boolean): void;
  readonly record: TrustRecord;
}

export interface IssuedLeaf {
  readonly kind: "identity" | "server";
  /** Host of a server certificate. */
  readonly host: string;
  readonly issuer: Issuer;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

const sha256 = /^[0-9a-f]{64}$/;
/** How long a pod may be missing from the informer because it is new, in milliseconds. */
const informerLag = 60_000;
/** A replica that has said nothing for so long is gone, in milliseconds. */
const replicaSilence = 60 * 60_000;
const nameDigits = 8;

/** @param options.onChange called when there is something that the record in the cluster may not have */
export function createTrustRegistry(options: { readonly clock: Clock; readonly onChange: () => void }): TrustRegistry {
  const { clock, onChange } = options;
  let record: TrustRecord = { pods: {}, replicas: {} };

  function update(module: ModuleIdentity, change: Partial<PodTrust>): void {
    const { podUid, podName, moduleId } = module;
    const known = record.pods[podUid] ?? { leaves: [] };
    record.pods[podUid] = { ...known, ...change, name: podName, module: moduleId };
    onChange();
  }

  return {
    get record() {
      return record;
    },
    sawBundle: (module, hash) => {
      if (record.pods[module.podUid]?.bundle?.hash === hash || !sha256.test(hash)) return;
      update(module, { bundle: { hash, at: clock.now() } });
    },
    sawFetch: (module, hash) => {
      if (record.pods[module.podUid]?.fetched?.hash === hash) return;
      update(module, { fetched: { hash, at: clock.now() } });
    },
    sawLeaf: (module, { kind, host, issuer, notAfter }) => {
      const name = createHash("sha256").update(host.toLowerCase()).digest("hex").slice(0, nameDigits);
      const leaf = { kind, name, ca: issuer.ca, root: issuer.root, notAfter, at: clock.now() };
      update(module, { leaves: mergeLeaves([...(record.pods[module.podUid]?.leaves ?? []), leaf]) });
    },
    setReplica: (name, replica) => {
      const { at: _, ...known } = record.replicas[name] ?? { at: 0 };
      const isStale = clock.now() - (record.replicas[name]?.at ?? 0) > replicaSilence / 4;
      if (!isStale && canonicalJson(known) === canonicalJson(replica)) return;
      record.replicas[name] = { ...replica, at: clock.now() };
      onChange();
    },
    merge: (other) => {
      record = mergeRecords(record, other);
    },
    prune: (isPod) => {
      const now = clock.now();
      for (const [uid, pod] of Object.entries(record.pods)) {
        const leaves = pod.leaves.filter(({ notAfter }) => notAfter > now);
        if (leaves.length < pod.leaves.length) record.pods[uid] = { ...pod, leaves };
        if (!isPod(uid) && lastSeen(pod) < now - informerLag) delete record.pods[uid];
      }
      for (const [name, { at }] of Object.entries(record.replicas)) {
        if (at < now - replicaSilence) delete record.replicas[name];
      }
    },
  };
}

function lastSeen({ bundle, fetched, leaves }: PodTrust): number {
  return Math.max(0, bundle?.at ?? 0, fetched?.at ?? 0, ...leaves.map(({ at }) => at));
}
