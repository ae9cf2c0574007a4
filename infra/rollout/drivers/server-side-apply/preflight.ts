import { EdgeError } from "#base";
import { certificatesOf, lockAccess, reviewRights } from "../../../check/index.ts";
import { parentOf, trustRefusals } from "../../../deploy/index.ts";
import type { ObjectToApply } from "../../../kubernetes/index.ts";
import type { Check } from "../../model/index.ts";
import type { DesiredObject } from "../artifacts.ts";
import {
  checkCertificates,
  checkDrift,
  checkEscalation,
  checkPermissions,
  checkServerVersion,
  checkTrust,
} from "../checks.ts";
import { compareStack } from "./compare-stack.ts";
import type { ClusterAccess } from "./open-access.ts";

/** All that can be known before the first object is written. Writes nothing; throws where the cluster does not answer. */
export async function preflight(
  access: ClusterAccess,
  stack: string,
  desired: readonly DesiredObject[],
  now: number,
): Promise<readonly Check[]> {
  const version = await access.send({ method: "GET", path: "/version" });
  const objects = desired.map(({ object }) => object);
  const [rights, drift, refusals] = await Promise.all([
    checkRights(access, parentOf(stack).namespace, objects),
    checkState(access, stack, desired),
    trustRefusals(access.cluster, objects, now),
  ]);
  return [
    { id: "reachable", severity: "ok", message: "the API server answers", evidence: access.cluster.server, fix: "" },
    checkServerVersion(String(version.body?.gitVersion ?? "")),
    ...rights,
    ...drift,
    ...checkTrust(refusals),
    checkCertificates(certificatesOf(objects), now),
  ];
}

/** Whether the credentials may do all that a rollout does. @param recordNamespace where the record of a stack is kept */
export async function checkRights(
  access: Pick<ClusterAccess, "cluster" | "send" | "discovery">,
  recordNamespace: string,
  objects: readonly ObjectToApply[],
): Promise<readonly Check[]> {
  const rights = await reviewRights(access, recordNamespace, objects, lockAccess(recordNamespace));
  return [checkPermissions(rights.missing, rights.asked), checkEscalation(rights.exceeding, rights.handedOut)];
}

/** Drift, and whether the API server and its admission would take the objects at all. */
async function checkState(
  access: ClusterAccess,
  stack: string,
  desired: readonly DesiredObject[],
): Promise<readonly Check[]> {
  try {
    const { conflicts, deployed } = await compareStack(access, stack, desired);
    const message = deployed ? "the cluster would accept the change" : "the cluster would accept the first deployment";
    return [{ id: "acceptable", severity: "ok", message, evidence: "dry run", fix: "" }, checkDrift(conflicts)];
  } catch (error) {
    if (!(error instanceof EdgeError) || !unacceptable.has(error.code)) throw error;
    const { code, message, remedy } = error;
    return [{ id: "acceptable", severity: "error", message, evidence: code, fix: remedy }];
  }
}

const unacceptable: ReadonlySet<string> = new Set([
  "EDGE_APPLY_FORBIDDEN",
  "EDGE_APPLY_REJECTED",
  "EDGE_APPLY_FOREIGN_OBJECT",
  "EDGE_APPLY_FOREIGN_PARENT",
  "EDGE_APPLY_UNKNOWN_KIND",
]);
