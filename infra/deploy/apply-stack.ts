import { mapConcurrently } from "#base";
import { type Cluster, describeRef, type LiveObject, type ObjectToApply, refOf } from "../kubernetes/index.ts";
import { compareObjects, installRank } from "../render/index.ts";
import {
  applySetKeys,
  asMember,
  isMember,
  isOwnParent,
  type ParentRef,
  parentObject,
  parentOf,
  type Scope,
  scopeOfObjects,
  scopeOfParent,
  unite,
} from "./applyset.ts";
import { deployErrors } from "./errors.ts";
import { listMembers } from "./members.ts";

export interface ApplyOptions {
  readonly stack: string;
  readonly objects: readonly ObjectToApply[];
  /**
   * Namespace of the record of what the stack has deployed.
   * @default "default"
   */
  readonly recordNamespace?: string | undefined;
  /**
   * Takes over objects that exist already and belong to no other stack.
   * @default false
   */
  readonly adopt?: boolean | undefined;
  readonly progress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApplyResult {
  readonly applied: readonly LiveObject[];
  readonly pruned: readonly LiveObject[];
}

const empty: Scope = { groupKinds: new Set(), namespaces: new Set() };

/**
 * Makes the cluster match `objects`: applies them in the order of installation, then deletes those of earlier runs that
 * are no longer among them. Objects that others made are refused before anything is
 * written. A Namespace that was there before is used, and never deleted; nor is one that is no longer declared while
 * others of the objects are in it.
 *
 * Can be repeated at any point: the record knows what an interrupted run has left behind.
 */
export async function applyStack(cluster: Cluster, options: ApplyOptions): Promise<ApplyResult> {
  const progress = options.progress ?? (() => {});
  const parent = parentOf(options.stack, options.recordNamespace);
  const live = await readRecord(cluster, parent, options.stack);
  const recorded = live === undefined ? empty : scopeOfParent(live);
  const objects = await claim(cluster, parent, options);
  const scope = scopeOfObjects(options.objects);
  // Until all is there, nobody may bring other roots.
  const firstRoots = live?.metadata.annotations?.[applySetKeys.firstRoots];
  await cluster.apply(parentObject(parent, unite(recorded, scope), firstRoots));
  const applied = await applyInOrder(cluster, objects, progress, options.signal);
  const stale = await staleMembers(cluster, parent, unite(recorded, scope), applied);
  const inUse = stale.filter(({ kind, metadata }) => kind === "Namespace" && scope.namespaces.has(metadata.name));
  for (const namespace of inUse) await release(cluster, namespace, progress);
  const pruned = stale.filter((object) => !inUse.includes(object));
  for (const object of pruned) {
    progress(`deleting ${describeRef(refOf(object))}`);
    await cluster.delete(object, "Background");
  }
  await cluster.apply(parentObject(parent, scope));
  return { applied, pruned };
}

async function readRecord(cluster: Cluster, parent: ParentRef, stack: string): Promise<LiveObject | undefined> {
  const live = await cluster.get({ apiVersion: "v1", kind: "ConfigMap", ...parent });
  if (live !== undefined && !isOwnParent(live, parent)) {
    const object = `${parent.namespace}/${parent.name}`;
    throw deployErrors.EDGE_APPLY_FOREIGN_PARENT({ object, stack });
  }
  return live;
}

/** The objects with the set's label, except Namespaces that are not the stack's to delete. */
async function claim(cluster: Cluster, parent: ParentRef, options: ApplyOptions): Promise<readonly ObjectToApply[]> {
  const foreign: string[] = [];
  const claimed = await mapConcurrently(options.objects, async (object) => {
    const live = await cluster.get(refOf(object));
    if (live === undefined || isMember(live, parent)) return asMember(object, parent);
    const otherSet = live.metadata.labels?.[applySetKeys.partOf];
    if (object.kind === "Namespace" && otherSet === undefined) return object;
    if (otherSet !== undefined || options.adopt !== true) foreign.push(describeRef(refOf(object)));
    return asMember(object, parent);
  });
  if (foreign.length > 0) {
    const objects = foreign.sort().join(", ");
    throw deployErrors.EDGE_APPLY_FOREIGN_OBJECT({ count: foreign.length, stack: options.stack, objects });
  }
  return claimed;
}

async function applyInOrder(
  cluster: Cluster,
  objects: readonly ObjectToApply[],
  progress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<readonly LiveObject[]> {
  const applied: LiveObject[] = [];
  const byRank = Map.groupBy(objects.toSorted(compareObjects), ({ kind }) => installRank(kind));
  for (const group of byRank.values()) {
    signal?.throwIfAborted();
    applied.push(...(await mapConcurrently(group, (object) => cluster.apply(object))));
    progress(`applied ${applied.length} of ${objects.length} objects`);
  }
  return applied;
}

async function staleMembers(
  cluster: Cluster,
  parent: ParentRef,
  scope: Scope,
  applied: readonly LiveObject[],
): Promise<readonly LiveObject[]> {
  const kept = new Set(applied.map(({ metadata }) => metadata.uid));
  const members = await listMembers(cluster, parent, scope);
  return members.filter(({ metadata }) => !kept.has(metadata.uid)).toSorted((a, b) => compareObjects(b, a));
}

/** Leaves a Namespace as it is, but for the label that makes it the stack's to delete. */
async function release(cluster: Cluster, live: LiveObject, progress: (line: string) => void): Promise<void> {
  const { name, labels } = live.metadata;
  const { [applySetKeys.partOf]: _, ...rest } = labels ?? {};
  progress(`keeping ${describeRef(refOf(live))}, which is in use`);
  await cluster.apply({ apiVersion: live.apiVersion, kind: live.kind, metadata: { name, labels: rest } });
}
