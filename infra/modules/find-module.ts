import { annotations, formerModuleObjectName, labels, moduleObjectName } from "#contract";
import type { Cluster, LiveObject } from "../kubernetes/index.ts";
import { moduleErrors } from "./errors.ts";

/** A module of one installation, with its pods that are not ending, the newest first. */
export interface FoundModule {
  readonly namespace: string;
  readonly pods: readonly [LiveObject, ...LiveObject[]];
}

/**
 * Finds the pods of a module.
 *
 * @param namespaces where to look; undefined: in all; only one can have it
 * @throws EDGE_MODULE_NOT_FOUND, EDGE_MODULE_AMBIGUOUS
 */
export async function findModule(
  cluster: Cluster,
  moduleId: string,
  namespaces?: readonly string[],
): Promise<FoundModule> {
  const names = new Set([moduleObjectName(moduleId), formerModuleObjectName(moduleId)]);
  const lists = [...names].flatMap((name) =>
    (namespaces ?? [undefined]).map((namespace) =>
      cluster.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector: `${labels.module}=${name}` }),
    ),
  );
  const found = (await Promise.all(lists))
    .flat()
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    // Two ids may have the same former name.
    .filter(({ metadata }) => (metadata.annotations?.[annotations.moduleId] ?? moduleId) === moduleId)
    .sort((one, other) => createdAt(other).localeCompare(createdAt(one)));
  const having = [...new Set(found.map(({ metadata }) => metadata.namespace ?? ""))].sort();
  const [newest, ...others] = found;
  const [only] = having;
  if (newest === undefined || only === undefined) {
    const where = namespaces === undefined ? cluster.context : `namespace ${namespaces.join(", ")}`;
    throw moduleErrors.EDGE_MODULE_NOT_FOUND({ module: moduleId, where });
  }
  if (having.length > 1) {
    throw moduleErrors.EDGE_MODULE_AMBIGUOUS({ module: moduleId, namespaces: having.join(", ") });
  }
  return { namespace: only, pods: [newest, ...others] };
}

function createdAt({ metadata }: LiveObject): string {
  return metadata.creationTimestamp ?? "";
}
