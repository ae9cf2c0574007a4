import { isJsonObject } from "#base";
import { accessKinds } from "../model/access-kinds.ts";
import { isPlaceholder } from "./fields.ts";

const kindsByGroup = new Map(
  [...Map.groupBy(accessKinds, ({ group }) => group)].map(([group, all]) => [
    group,
    new Set(all.flatMap(({ kinds }) => kinds)),
  ]),
);

/** Kinds whose rules decide whether they make or change other objects: Kyverno's policies mostly check. */
const kyvernoPolicies = ["ClusterPolicy", "Policy"];

/**
 * Whether an object of this kind makes others at deploy time, so that its permissions cannot be read here.
 *
 * @param content the object; undefined when it is not known
 */
export function isOpaque(group: string, kind: string, content?: Readonly<Record<string, unknown>>): boolean {
  if (group === rbacGroup) return kind.endsWith("Patch");
  // Pulumi calls a change of an object that others made so; it brings what the object does.
  if (kind.endsWith("Patch") && isOpaque(group, kind.slice(0, -"Patch".length), content)) return true;
  const kinds = kindsByGroup.get(group);
  if (kinds?.has(kind) || kinds?.has("*")) return true;
  if (group === "kyverno.io" && kyvernoPolicies.includes(kind)) return content === undefined || writesObjects(content);
  if (group === "" && kind === "ConfigMap") return content === undefined || mapsUsers(content);
  if (group === "" && kind === "Secret") return content === undefined || isBootstrapToken(content);
  if (group === "admissionregistration.k8s.io" && kind === "MutatingAdmissionPolicy")
    return content === undefined || changesAccess(content);
  if (group === "admissionregistration.k8s.io" && kind === "MutatingWebhookConfiguration")
    return content === undefined || hooksIntoAccess(content);
  return content !== undefined && !isOfKubernetes(group) && holdsRbacObject(content);
}

function writesObjects({ spec }: Readonly<Record<string, unknown>>): boolean {
  const rules = isJsonObject(spec) && Array.isArray(spec.rules) ? spec.rules : [];
  return rules.some((rule) => isJsonObject(rule) && ("generate" in rule || "mutate" in rule));
}

/** ConfigMaps that say who somebody is, or what they may do. Those without a namespace stand where the program does. */
const mapsOfUsers: readonly { readonly name: string; readonly namespace?: string; readonly keys?: RegExp }[] = [
  // Which identities of AWS are in which groups of the cluster
  { name: "aws-auth", namespace: "kube-system" },
  // Whom API servers of extensions trust
  { name: "extension-apiserver-authentication", namespace: "kube-system" },
  // Who may deploy what through Argo CD, whose own account may do anything, and who may log in to it
  { name: "argocd-rbac-cm" },
  { name: "argocd-cm", keys: /"(?:accounts|users|admin|oidc|dex)\./ },
];

/** A name that is not known may be any. */
function mapsUsers({ metadata, data }: Readonly<Record<string, unknown>>): boolean {
  if (!isJsonObject(metadata)) return isPlaceholder(metadata);
  return mapsOfUsers.some(
    ({ name, namespace, keys }) =>
      (metadata.name === name || isPlaceholder(metadata.name)) &&
      (namespace === undefined || metadata.namespace === namespace || isPlaceholder(metadata.namespace)) &&
      (keys === undefined || !isJsonObject(data) || keys.test(JSON.stringify(data))),
  );
}

/** Whether whoever has this Secret's token is in groups that it names. */
function isBootstrapToken({ type, metadata }: Readonly<Record<string, unknown>>): boolean {
  const name = isJsonObject(metadata) ? metadata.name : undefined;
  return (
    type === "bootstrap.kubernetes.io/token" ||
    isPlaceholder(type) ||
    (typeof name === "string" && name.startsWith("bootstrap-token-"))
  );
}

/** Whether a MutatingAdmissionPolicy may change RBAC objects, or does not say what it changes. */
function changesAccess({ spec }: Readonly<Record<string, unknown>>): boolean {
  const constraints = isJsonObject(spec) && isJsonObject(spec.matchConstraints) ? spec.matchConstraints : {};
  return meetsRbac(constraints.resourceRules);
}

/** The same for a MutatingWebhookConfiguration; a webhook without rules is called for nothing. */
function hooksIntoAccess({ webhooks }: Readonly<Record<string, unknown>>): boolean {
  if (!Array.isArray(webhooks)) return false;
  return webhooks.some((webhook) => isJsonObject(webhook) && webhook.rules !== undefined && meetsRbac(webhook.rules));
}

function meetsRbac(rules: unknown): boolean {
  if (!Array.isArray(rules)) return true;
  return rules.some(
    (rule) =>
      !isJsonObject(rule) ||
      !Array.isArray(rule.apiGroups) ||
      rule.apiGroups.some((group) => group === "*" || group === rbacGroup),
  );
}

/** Groups of Kubernetes itself. Their kinds make no RBAC objects of what they hold. */
const isOfKubernetes = (group: string) => !group.includes(".") || group.endsWith(".k8s.io");

/** Whether an RBAC object stands anywhere in a value, as one or as text: what is made of it is up to a controller. */
function holdsRbacObject(content: object): boolean {
  const rest: object[] = [content];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (isRbacObject(value)) return true;
    for (const part of Object.values(value)) {
      if (typeof part === "string" && isRbacText(part)) return true;
      if (typeof part === "object" && part !== null) rest.push(part);
    }
  }
  return false;
}

const isRbacObject = (value: object) =>
  "apiVersion" in value &&
  typeof value.apiVersion === "string" &&
  value.apiVersion.startsWith(`${rbacGroup}/`) &&
  "kind" in value &&
  typeof value.kind === "string" &&
  rbacKind.test(value.kind);

const isRbacText = (text: string) =>
  text.includes(`${rbacGroup}/`) && /["']?kind["']?\s*:\s*["']?(Cluster)?Role(Binding)?\b/.test(text);

export const rbacGroup = "rbac.authorization.k8s.io";
/** The only version that API servers since 1.22 know. */
export const rbacVersion = "v1";
export const rbacKind = /^(Cluster)?Role(Binding)?$/;
