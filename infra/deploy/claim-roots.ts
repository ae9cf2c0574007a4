import Type from "typebox";
import { Value } from "typebox/value";
import { parseJson } from "#base";
import type { Cluster, LiveObject, ObjectToApply } from "../kubernetes/index.ts";
import {
  applySetKeys,
  isOwnParent,
  type ParentRef,
  parentObject,
  parentOf,
  type Scope,
  scopeOfParent,
} from "./applyset.ts";
import { deployErrors } from "./errors.ts";
import { guardTrust, undeployedRoots } from "./trust-guard.ts";

export interface Claim {
  readonly stack: string;
  readonly recordNamespace?: string | undefined;
  readonly objects: readonly ObjectToApply[];
}

/** SHA-256 of each root's public key, by namespace and id of the root. */
const ClaimsSchema = Type.Record(Type.String(), Type.Record(Type.String(), Type.String()));
type Claims = Readonly<Record<string, Readonly<Record<string, string>>>>;

const nothing: Scope = { groupKinds: new Set(), namespaces: new Set() };
/** More than ever deploy the same stack at the same moment. */
const attempts = 20;

/**
 * Guards trust, and makes sure that of several who deploy an installation for the first time at the same moment only one
 * gets its roots into the cluster: the roots are written into the stack's record before anything else, by a write that fails
 * where somebody else has written meanwhile. The end of the deployment removes them from the record, since the trust
 * bundle in the cluster tells from then on.
 *
 * @throws EDGE_APPLY_FIRST_ELSEWHERE, EDGE_APPLY_FOREIGN_PARENT, and what `guardTrust` throws
 */
export async function claimRoots(cluster: Cluster, claim: Claim, now: number): Promise<void> {
  await guardTrust(cluster, claim.objects, now);
  const roots = await undeployedRoots(cluster, claim.objects);
  if (roots.size === 0) return;
  const mine: Claims = Object.fromEntries([...roots].map(([namespace, keys]) => [namespace, Object.fromEntries(keys)]));
  await writeClaims(cluster, claim, mine);
  // Who was before us may have come to the end between our look and our claim.
  await guardTrust(cluster, claim.objects, now);
}

async function writeClaims(cluster: Cluster, { stack, recordNamespace }: Claim, mine: Claims): Promise<void> {
  const parent = parentOf(stack, recordNamespace);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const live = await record(cluster, parent);
    if (live === undefined) continue;
    if (!isOwnParent(live, parent)) throw foreign(parent, stack);
    const claimed = claimsOf(live);
    if (claimed === undefined) throw foreign(parent, stack);
    const others = Object.keys(mine).filter((namespace) => isOther(claimed[namespace], mine[namespace]));
    if (others.length > 0) {
      const installations = others.sort().join(", ");
      throw deployErrors.EDGE_APPLY_FIRST_ELSEWHERE({ stack, installations });
    }
    const claims = JSON.stringify({ ...claimed, ...mine });
    const written = await cluster.applyOver(live, parentObject(parent, scopeOfParent(live), claims));
    if (written !== undefined) return;
  }
  throw deployErrors.EDGE_APPLY_FIRST_ELSEWHERE({ stack, installations: Object.keys(mine).sort().join(", ") });
}

/** The record as it is, made where there is none; undefined where somebody else has just made it. */
async function record(cluster: Cluster, parent: ParentRef): Promise<LiveObject | undefined> {
  const live = await cluster.get({ apiVersion: "v1", kind: "ConfigMap", ...parent });
  // No apply: what others have written since would be removed by it.
  return live ?? cluster.create(parentObject(parent, nothing));
}

/** A root that has another key: one that only the other side has may be a step of a rotation. */
function isOther(theirs: Claims[string] = {}, mine: Claims[string] = {}): boolean {
  return Object.entries(mine).some(([id, key]) => (theirs[id] ?? key) !== key);
}

function claimsOf({ metadata }: LiveObject): Claims | undefined {
  const text = metadata.annotations?.[applySetKeys.firstRoots];
  if (text === undefined) return {};
  const content = parseJson(text);
  return Value.Check(ClaimsSchema, content) ? content : undefined;
}

function foreign({ namespace, name }: ParentRef, stack: string): Error {
  return deployErrors.EDGE_APPLY_FOREIGN_PARENT({ object: `${namespace}/${name}`, stack });
}
