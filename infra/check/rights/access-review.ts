import { mapConcurrently } from "#base";
import { applySetKeys } from "../../deploy/index.ts";
import { groupOf, type Kind, type ObjectToApply, type SendRequest } from "../../kubernetes/index.ts";

/** Attributes of one request, as a SelfSubjectAccessReview asks for them. */
export interface Access {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Rights that an object hands out: who writes it must have them, or be allowed to exceed them. */
export interface Escalation {
  /** `Role.rbac.authorization.k8s.io edge-a/edgeagent` */
  readonly object: string;
  /** The permission that lifts the check: `escalate` for roles, `bind` for bindings. */
  readonly lifts: Access;
  /** What one must be allowed without `lifts`. Undefined where the role is not known: then only `lifts` helps. */
  readonly grants: readonly Access[] | undefined;
}

export interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}
export interface RoleRef {
  readonly kind: string;
  readonly name: string;
}

const rbacGroup = "rbac.authorization.k8s.io";
/** Applying needs `patch`, and `create` where there is none; pruning and rolling back need `delete`. */
const writeVerbs = ["get", "list", "patch", "create", "delete"] as const;
export const recordKind: Kind = { apiVersion: "v1", kind: "ConfigMap" };

/**
 * Requests that deploying these objects makes, each once.
 *
 * @param recordNamespace where the record of what a stack has deployed is kept
 * @param more requests of who deploys beside these, such as for a lock
 */
export function neededAccess(
  objects: readonly ObjectToApply[],
  pluralOf: (kind: Kind) => string,
  recordNamespace: string,
  more: readonly Access[] = [],
): readonly Access[] {
  const record = { ...recordKind, metadata: { name: applySetKeys.id, namespace: recordNamespace } };
  const all = [...objects, record].flatMap((object) =>
    writeVerbs.map((verb) => ({
      verb,
      group: groupOf(object.apiVersion),
      resource: pluralOf(object),
      namespace: object.metadata.namespace,
    })),
  );
  return distinct([...all, ...more]);
}

/** The Lease by which a rollout locks the cluster. */
export function lockAccess(namespace: string): readonly Access[] {
  return ["get", "create", "patch"].map((verb) => ({
    verb,
    group: "coordination.k8s.io",
    resource: "leases",
    namespace,
  }));
}

/** Rights that the roles and bindings among the objects hand out. */
export function escalations(
  objects: readonly ObjectToApply[],
  rulesOf: (ref: RoleRef, namespace: string | undefined) => readonly Rule[] | undefined,
): readonly Escalation[] {
  return objects
    .filter(({ apiVersion }) => groupOf(apiVersion) === rbacGroup)
    .flatMap((object) => {
      const { namespace, name } = object.metadata;
      const place = namespace === undefined ? name : `${namespace}/${name}`;
      const described = `${object.kind} ${place}`;
      if (object.kind === "Role" || object.kind === "ClusterRole") {
        const resource = object.kind === "Role" ? "roles" : "clusterroles";
        const lifts = { verb: "escalate", group: rbacGroup, resource, namespace, name };
        return [{ object: described, lifts, grants: accessOf(object.rules as readonly Rule[] | undefined, namespace) }];
      }
      const ref = object.roleRef as RoleRef;
      const resource = ref.kind === "Role" ? "roles" : "clusterroles";
      const lifts = { verb: "bind", group: rbacGroup, resource, namespace, name: ref.name };
      const rules = rulesOf(ref, namespace);
      return [{ object: described, lifts, grants: rules && accessOf(rules, namespace) }];
    });
}

/** The same rights as requests. Those on paths of the API server are no resources; only `escalate` or `bind` helps. */
function accessOf(rules: readonly Rule[] = [], namespace: string | undefined): readonly Access[] | undefined {
  if (rules.some(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)) return undefined;
  const all = rules.flatMap(({ verbs = [], apiGroups = [], resources = [], resourceNames = [] }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          (resourceNames.length === 0 ? [undefined] : resourceNames).map((name) => ({
            verb,
            group,
            resource,
            namespace,
            name,
          })),
        ),
      ),
    ),
  );
  return distinct(all);
}

function distinct(all: readonly Access[]): readonly Access[] {
  return [...new Map(all.map((access) => [describeAccess(access), access])).values()];
}

/** `create roles.rbac.authorization.k8s.io in edge-a` */
export function describeAccess({ verb, group, resource, namespace, name }: Access): string {
  const kind = group === "" ? resource : `${resource}.${group}`;
  return `${verb} ${kind}${name === undefined ? "" : ` "${name}"`}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

/** Answers whether the credentials may do it. */
export type Review = (access: Access) => Promise<boolean>;

/** Asks the API server by SelfSubjectAccessReviews, each question once. Fails closed: no clear yes is a no. */
export function createReview(send: SendRequest): Review {
  const asked = new Map<string, Promise<boolean>>();
  return (access) => {
    const key = describeAccess(access);
    const answer = asked.get(key) ?? ask(send, access);
    asked.set(key, answer);
    return answer;
  };
}

async function ask(send: SendRequest, access: Access): Promise<boolean> {
  const [resource = "", subresource] = access.resource.split("/");
  const { verb, group, namespace, name } = access;
  const resourceAttributes = { verb, group, resource, subresource, namespace, name };
  const { status, body } = await send({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
  });
  return status === 201 && body?.status?.allowed === true && body?.status?.denied !== true;
}

/** What is not allowed of what is needed. */
export async function missingAccess(review: Review, needed: readonly Access[]): Promise<readonly string[]> {
  const answers = await mapConcurrently(needed, async (access) =>
    (await review(access)) ? [] : [describeAccess(access)],
  );
  return answers.flat();
}

/** Objects that hand out more than the credentials have, with what is missing. */
export async function forbiddenEscalations(review: Review, all: readonly Escalation[]): Promise<readonly string[]> {
  const answers = await mapConcurrently(all, async ({ object, lifts, grants }) => {
    if (await review(lifts)) return [];
    if (grants === undefined) return [`${object}: ${describeAccess(lifts)}`];
    const missing = await missingAccess(review, grants);
    return missing.map((access) => `${object}: ${access}`);
  });
  return answers.flat();
}
