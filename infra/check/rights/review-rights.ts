import { mapConcurrently } from "#base";
import { type Cluster, type Discovery, groupOf, type ObjectToApply, type SendRequest } from "../../kubernetes/index.ts";
import {
  type Access,
  createReview,
  escalations,
  forbiddenEscalations,
  missingAccess,
  neededAccess,
  type RoleRef,
  type Rule,
} from "./access-review.ts";

const rbac = "rbac.authorization.k8s.io/v1";

/** What the credentials lack of what deploying takes, in words. */
export interface Rights {
  readonly missing: readonly string[];
  /** How many kinds of request were asked for. */
  readonly asked: number;
  /** What roles and bindings would hand out beyond what the credentials have. */
  readonly exceeding: readonly string[];
  readonly handedOut: number;
}

/**
 * Asks the API server whether the credentials may deploy the objects.
 *
 * @param recordNamespace where the record of what a stack has deployed is kept
 * @param more requests beside those of the objects
 */
export async function reviewRights(
  {
    cluster,
    send,
    discovery,
  }: { readonly cluster: Pick<Cluster, "get">; readonly send: SendRequest; readonly discovery: Discovery },
  recordNamespace: string,
  objects: readonly ObjectToApply[],
  more: readonly Access[] = [],
): Promise<Rights> {
  const review = createReview(send);
  const plurals = new Map<string, string>();
  for (const { apiVersion, kind } of [...objects, { apiVersion: "v1", kind: "ConfigMap" }]) {
    plurals.set(`${apiVersion}/${kind}`, (await discovery.resourceOf({ apiVersion, kind })).plural);
  }
  const pluralOf = ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
    plurals.get(`${apiVersion}/${kind}`) ?? "";
  const needed = neededAccess(objects, pluralOf, recordNamespace, more);
  const rules = await rulesOfRoles(cluster, objects);
  const handedOut = escalations(objects, (ref, namespace) => rules.get(roleKey(ref, namespace)));
  const [missing, exceeding] = await Promise.all([
    missingAccess(review, needed),
    forbiddenEscalations(review, handedOut),
  ]);
  return { missing, asked: needed.length, exceeding, handedOut: handedOut.length };
}

/** Rules of the roles that bindings refer to: those that are deployed with them, else those that the cluster has. */
async function rulesOfRoles(cluster: Pick<Cluster, "get">, objects: readonly ObjectToApply[]) {
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
