import type { V1Lease, V1OwnerReference } from "@kubernetes/client-node";
import { EdgeError, type KubernetesObject, type Wire } from "#base";
import type { ApiClient } from "../kubernetes/api-client.ts";
import { namespacedPath } from "../kubernetes/kinds.ts";

/** A Lease as the API server gives it. */
export type Lease = Omit<Wire<V1Lease>, keyof KubernetesObject> & KubernetesObject;

/** One Lease of the API server. */
export interface LeaseStore {
  /** The Lease, or undefined when there is none. */
  get(signal: AbortSignal): Promise<Lease | undefined>;
  /**
   * Writes it over exactly the version that `lease` carries; makes it when it carries none.
   *
   * @returns the Lease as it is now
   * @throws EDGE_KUBERNETES_CONFLICT, or EDGE_KUBERNETES_INVALID for one without version, when there is another version
   */
  put(lease: Lease, signal: AbortSignal): Promise<Lease>;
  /** The Lease as it is before somebody held it. */
  readonly blank: Lease;
}

const leases = { apiVersion: "coordination.k8s.io/v1", plural: "leases" };

/**
 * The Lease `name` of a real API server. Needs the verbs `get`, `create` and `update` on it; `create` may be limited to
 * its name, because a Lease may be made by `PUT`.
 *
 * @param options.owner goes with it when it is deleted
 */
export function createLeaseStore(options: {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: V1OwnerReference;
}): LeaseStore {
  const { client, namespace, name, labels, owner } = options;
  const path = namespacedPath(leases, namespace, name);
  return {
    blank: {
      apiVersion: leases.apiVersion,
      kind: "Lease",
      metadata: { name, namespace, labels: { ...labels }, ownerReferences: [owner] },
    },
    get: async (signal) => {
      try {
        return await client.call<Lease>({ verb: "get", path, signal });
      } catch (error) {
        if (error instanceof EdgeError && error.code === "EDGE_KUBERNETES_NOT_FOUND") return undefined;
        throw error;
      }
    },
    put: (lease, signal) => client.call<Lease>({ verb: "update", path, body: lease, signal }),
  };
}
