import { mapConcurrently } from "#base";
import {
  applySetKeys,
  asMember,
  deployErrors,
  isMember,
  isOwnParent,
  listMembers,
  parentOf,
  type Scope,
  scopeOfObjects,
  scopeOfParent,
  unite,
} from "../../../deploy/index.ts";
import { describeRef, type LiveObject, refOf } from "../../../kubernetes/index.ts";
import type { ObjectChange } from "../../model/index.ts";
import type { DesiredObject } from "../artifacts.ts";
import { type Conflict, dryRun } from "./dry-run.ts";
import { declaredPart, fieldChanges } from "./field-changes.ts";
import type { ClusterAccess } from "./open-access.ts";

/** What a stack has in a cluster, and what deploying it would make of that. */
export interface Comparison {
  /** Whether the stack was deployed there before. */
  readonly deployed: boolean;
  readonly changes: readonly ObjectChange[];
  /** Fields that somebody else has changed, and that deploying would take back. */
  readonly conflicts: readonly (Conflict & { readonly object: string })[];
  /** Objects of the stack, and Namespaces that it uses, as they are. */
  readonly live: readonly LiveObject[];
}

const empty: Scope = { groupKinds: new Set(), namespaces: new Set() };

/**
 * Compares by a dry run of every object. Nothing is written.
 *
 * @throws EDGE_APPLY_FOREIGN_OBJECT, EDGE_APPLY_FOREIGN_PARENT, and what `dryRun` throws
 */
export async function compareStack(
  access: ClusterAccess,
  stack: string,
  desired: readonly DesiredObject[],
): Promise<Comparison> {
  const { cluster } = access;
  const parent = parentOf(stack);
  const record = await cluster.get({ apiVersion: "v1", kind: "ConfigMap", ...parent });
  if (record !== undefined && !isOwnParent(record, parent)) {
    throw deployErrors.EDGE_APPLY_FOREIGN_PARENT({ object: `${parent.namespace}/${parent.name}`, stack });
  }
  const recorded = record === undefined ? empty : scopeOfParent(record);
  const scope = unite(recorded, scopeOfObjects(desired.map(({ object }) => object)));
  const members = await listMembers(cluster, parent, scope);
  const results = await mapConcurrently(desired, (one) => compareObject(access, stack, one));
  const foreign = results.filter(({ isForeign }) => isForeign).map(({ ref }) => ref);
  if (foreign.length > 0) {
    const objects = foreign.sort().join(", ");
    throw deployErrors.EDGE_APPLY_FOREIGN_OBJECT({ count: foreign.length, stack, objects });
  }
  const wanted = new Set(results.map(({ ref }) => ref));
  const stale = members.filter((member) => !wanted.has(describeRef(refOf(member))));
  const used = results.flatMap(({ live }) => (live !== undefined && !isMember(live, parent) ? [live] : []));
  return {
    deployed: record !== undefined,
    changes: [
      ...results.flatMap(({ change }) => (change === undefined ? [] : [change])),
      ...stale.map((member) => ({ operation: "delete" as const, object: nameOf(member), fields: [] })),
    ].toSorted((a, b) => (a.object < b.object ? -1 : 1)),
    conflicts: results.flatMap(({ conflicts, ref }) => conflicts.map((conflict) => ({ ...conflict, object: ref }))),
    live: [...members, ...used],
  };
}

async function compareObject(access: ClusterAccess, stack: string, desired: DesiredObject) {
  const { object, secrets } = desired;
  const parent = parentOf(stack);
  const ref = describeRef(refOf(object));
  const live = await access.cluster.get(refOf(object));
  const otherSet = live?.metadata.labels?.[applySetKeys.partOf];
  const isUsedNamespace = object.kind === "Namespace" && live !== undefined && otherSet === undefined;
  const isForeign = live !== undefined && !isMember(live, parent) && !isUsedNamespace;
  if (isForeign) return { ref, live, isForeign, conflicts: [], change: undefined };
  const { result, conflicts } = await dryRun(access, isUsedNamespace ? object : asMember(object, parent));
  const create: ObjectChange = { operation: "create", object: nameOf(object), fields: [] };
  if (live === undefined || result === undefined) return { ref, live, isForeign, conflicts, change: create };
  const isSecret = (path: readonly (string | number)[]) =>
    secrets.some((secret) => secret.every((part, index) => path[index] === part || index >= path.length));
  const fields = fieldChanges(declaredPart(live), declaredPart(result), isSecret);
  const change: ObjectChange | undefined =
    fields.length === 0 ? undefined : { operation: "update", object: nameOf(object), fields };
  return { ref, live, isForeign, conflicts, change };
}

/** `apps/v1/Deployment edge-a/iotedged` */
function nameOf({
  apiVersion,
  kind,
  metadata,
}: Pick<LiveObject, "apiVersion" | "kind"> & { metadata: { name: string; namespace?: string } }) {
  const place = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
  return `${apiVersion}/${kind} ${place}${metadata.name}`;
}
