import { mapConcurrently } from "#base";
import type { Cluster, LiveObject } from "../kubernetes/index.ts";
import { applySetId, applySetKeys, type ParentRef, parseGroupKind, type Scope } from "./applyset.ts";

/**
 * Objects in the cluster that carry the set's label. Kinds that the cluster does not serve have none.
 *
 * @param scope where to look; without namespaces everywhere
 */
export async function listMembers(cluster: Cluster, parent: ParentRef, scope: Scope): Promise<readonly LiveObject[]> {
  const labelSelector = `${applySetKeys.partOf}=${applySetId(parent)}`;
  const kinds = await mapConcurrently([...scope.groupKinds].sort(), async (groupKind) => {
    const { group, kind } = parseGroupKind(groupKind);
    const resource = await cluster.resolve(group, kind);
    return resource && { ...resource, kind };
  });
  const everywhere: readonly (string | undefined)[] = [undefined];
  const places = kinds
    .filter((kind) => kind !== undefined)
    .flatMap((kind) =>
      (kind.namespaced && scope.namespaces.size > 0 ? [...scope.namespaces] : everywhere).map((namespace) => ({
        kind: { apiVersion: kind.apiVersion, kind: kind.kind },
        selection: { namespace, labelSelector },
      })),
    );
  const found = await mapConcurrently(places, ({ kind, selection }) => cluster.list(kind, selection));
  return found.flat();
}
