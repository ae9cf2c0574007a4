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
 * @param namespace where to look; undefined: in all; only one can have it
 * @throws EDGE_MODULE_NOT_FOUND, EDGE_MODULE_AMBIGUOUS
 */
export async function findModule(cluster: Cluster, moduleId: string, namespace?: string): Promise<FoundModule> {
  const names = new Set([moduleObjectName(moduleId), formerModuleObjectName(moduleId)]);
  const lists = [...names].map((name) =>
    cluster.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector: `${labels.module}=${name}` }),
  );
  const found = (await Promise.all(lists))
    .flat()
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    // Two ids may have the same former name.
    .filter(({ metadata }) => (metadata.annotations?.[annotations.moduleId] ?? moduleId) === moduleId)
    .sort((one, other) => createdAt(other).localeCompare(createdAt(one)));
  const namespaces = [...new Set(found.map(({ metadata }) => metadata.namespace ?? ""))].sort();
  const [newest, ...others] = found;
  const [only] = namespaces;
  if (newest === undefined || only === undefined) {
    const where = namespace === undefined ? cluster.context : `namespace ${namespace}`;
    throw moduleErrors.EDGE_MODULE_NOT_FOUND({ module: moduleId, where });
  }
  if (namespaces.length > 1) {
    throw moduleErrors.EDGE_MODULE_AMBIGUOUS({ module: moduleId, namespaces: namespaces.join(", ") });
  }
  return { namespace: only, pods: [newest, ...others] };
}

function createdAt({ metadata }: LiveObject): string {
  return metadata.creationTimestamp ?? "";
}
