import { kubernetesErrors } from "../../runtime/shared/kubernetes/errors.ts";
import type { Lease, LeaseStore } from "../../runtime/shared/leader-election/lease.ts";

/** A Lease in memory, with the versions of an API server. What is in it is shared by all who hold the same object. */
export class FakeLeaseStore implements LeaseStore {
  readonly blank: Lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "edgeagent", namespace: "edge-a" },
  };
  /** Writes that were accepted. */
  writes = 0;
  current: Lease | undefined;

  async get(): Promise<Lease | undefined> {
    return structuredClone(this.current);
  }

  async put(lease: Lease): Promise<Lease> {
    const expected = this.current?.metadata.resourceVersion;
    if (lease.metadata.resourceVersion !== expected) {
      throw kubernetesErrors.EDGE_KUBERNETES_CONFLICT({ verb: "update", path: "/lease" });
    }
    this.writes++;
    this.current = structuredClone(lease);
    this.current.metadata.resourceVersion = String(this.writes);
    return structuredClone(this.current);
  }
}
