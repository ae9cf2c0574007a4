import { EdgeError, type Kind, type KubernetesObject, type ObjectStore } from "#base";
import type { ApiClient } from "./api-client.ts";
import { kindOf, namespacedPath } from "./kinds.ts";

/**
 * The objects of one namespace of a real API server.
 *
 * @param options.fieldManager who owns the fields that `apply` and `create` write
 */
export function createObjectStore(options: {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly fieldManager: string;
}): ObjectStore {
  const { client, namespace, fieldManager } = options;
  const pathOf = (kind: Kind<KubernetesObject>, name?: string) => namespacedPath(kind, namespace, name);

  return {
    namespace,

    get: (kind, name) => orAbsent(client.call({ verb: "get", path: pathOf(kind, name) })),

    list: async <T extends KubernetesObject>(kind: Kind<T>, selection = {}) => {
      const path = pathOf(kind);
      const answer = await client.call<{ items: T[] }>({ verb: "list", path, query: { ...selection } });
      return answer.items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
    },

    apply: (object) =>
      client.call({
        verb: "patch",
        path: pathOf(kindOf(object), object.metadata.name),
        query: { fieldManager, force: "true" },
        body: object,
        contentType: "application/apply-patch+yaml",
      }),

    create: (object) =>
      client.call({
        verb: "create",
        path: pathOf(kindOf(object)),
        query: { fieldManager },
        body: object,
      }),

    remove: async (kind, name, propagationPolicy = "Background") => {
      const path = pathOf(kind, name);
      await orAbsent(client.call({ verb: "delete", path, query: { propagationPolicy } }));
    },
  };
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof EdgeError && error.code === "EDGE_KUBERNETES_NOT_FOUND") return undefined;
    throw error;
  }
}
