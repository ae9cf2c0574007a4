import { EdgeError, mapConcurrently } from "#base";
import { dataKeys, objectNames } from "#contract";
import { parentOf, trustRefusals } from "../../../deploy/index.ts";
import { groupOf, type LiveObject, type ObjectToApply } from "../../../kubernetes/index.ts";
import type { Check } from "../../model/index.ts";
import type { DesiredObject } from "../artifacts.ts";
import {
  type CertificateSource,
  checkCertificates,
  checkDrift,
  checkEscalation,
  checkPermissions,
  checkServerVersion,
  checkTrust,
} from "../checks.ts";
import {
  createReview,
  escalations,
  forbiddenEscalations,
  missingAccess,
  neededAccess,
  type RoleRef,
  type Rule,
} from "./access-review.ts";
import { compareStack } from "./compare-stack.ts";
import type { ClusterAccess } from "./open-access.ts";

const rbac = "rbac.authorization.k8s.io/v1";

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

/** @param recordNamespace where the record of what a stack has deployed is kept */
export async function checkRights(
  { cluster, send, discovery }: ClusterAccess,
  recordNamespace: string,
  objects: readonly ObjectToApply[],
): Promise<readonly Check[]> {
  const review = createReview(send);
  const plurals = new Map<string, string>();
  for (const { apiVersion, kind } of [...objects, { apiVersion: "v1", kind: "ConfigMap" }]) {
    plurals.set(`${apiVersion}/${kind}`, (await discovery.resourceOf({ apiVersion, kind })).plural);
  }
  const pluralOf = ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
    plurals.get(`${apiVersion}/${kind}`) ?? "";
  const needed = neededAccess(objects, pluralOf, recordNamespace);
  const rules = await rulesOfRoles(cluster, objects);
  const handedOut = escalations(objects, (ref, namespace) => rules.get(roleKey(ref, namespace)));
  const [missing, exceeding] = await Promise.all([
    missingAccess(review, needed),
    forbiddenEscalations(review, handedOut),
  ]);
  return [checkPermissions(missing, needed.length), checkEscalation(exceeding, handedOut.length)];
}

/** Rules of the roles that bindings refer to: those that are deployed with them, else those that the cluster has. */
async function rulesOfRoles(cluster: ClusterAccess["cluster"], objects: readonly ObjectToApply[]) {
  const rules = new Map<string, readonly Rule[]>();
  const isRbac = ({ apiVersion }: ObjectToApply) => groupOf(apiVersion) === groupOf(rbac);
  for (const { kind, metadata, rules: own } of objects.filter(isRbac)) {
    if (own !== undefined)
      rules.set(roleKey({ kind, name: metadata.name }, metadata.namespace), own as readonly Rule[]);
  }
  const bindings = objects.filter((object) => isRbac(object) && object.roleRef !== undefined);
  await mapConcurrently(bindings, async ({ roleRef, metadata }) => {
    const ref = roleRef as RoleRef;
    const key = roleKey(ref, metadata.namespace);
    if (rules.has(key)) return;
    const namespace = ref.kind === "Role" ? metadata.namespace : undefined;
    const role = await cluster.get({ apiVersion: rbac, kind: ref.kind, name: ref.name, namespace });
    if (role !== undefined) rules.set(key, role.rules ?? []);
  });
  return rules;
}

function roleKey({ kind, name }: RoleRef, namespace: string | undefined): string {
  return kind === "Role" ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
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

/** The CAs of installations, in the Secrets and ConfigMaps among the objects. */
export function certificatesOf(objects: readonly (ObjectToApply | LiveObject)[]): readonly CertificateSource[] {
  return objects.flatMap(({ kind, metadata, data = {}, stringData = {} }) => {
    const where = `${kind} ${metadata.namespace}/${metadata.name}`;
    const values = data as Readonly<Record<string, string>>;
    if (kind === "ConfigMap" && metadata.name === objectNames.trustBundle) {
      return [{ where, pem: values[dataKeys.trustBundle] ?? "" }];
    }
    if (kind !== "Secret" || metadata.name !== objectNames.workloadCa) return [];
    const plain = (stringData as Readonly<Record<string, string>>)[dataKeys.certificate];
    const pem = plain ?? Buffer.from(values[dataKeys.certificate] ?? "", "base64").toString("utf8");
    return [{ where, pem }];
  });
}
