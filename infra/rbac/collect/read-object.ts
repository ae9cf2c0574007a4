import { isJsonObject } from "#base";
import type { LabelRequirement, LabelSelector } from "../model/label-selector.ts";
import {
  type Binding,
  describeObject,
  describeOrigin,
  type Origin,
  type PolicyRule,
  type Role,
} from "../model/objects.ts";
import type { Subject } from "../model/subject.ts";
import { type Fields, holdsPlaceholder, WrongShape } from "./fields.ts";
import { rbacKind } from "./opaque-kinds.ts";

/** Name and place of an object, already read. */
export interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

/** An object as it stands in the input. */
export type Content = Readonly<Record<string, unknown>>;

/** Name of an object that may be of any shape. */
export function describeContent({ kind, metadata }: Content): string {
  const known: Content = isJsonObject(metadata) ? metadata : {};
  const namespace = typeof known.namespace === "string" ? known.namespace : "";
  const name = typeof known.name === "string" ? known.name : "(no name)";
  return describeObject({ kind: String(kind), namespace, name });
}

export const placeOf = (origin: Origin): string => describeOrigin(origin) || "this input";

/**
 * The API server would refuse a role without an API version, so it must not be skipped here.
 *
 * @throws WrongShape
 */
export function readApiVersion({ apiVersion, kind }: Content): [group: string, version: string] {
  if (typeof apiVersion !== "string") {
    if (rbacKind.test(String(kind))) throw new WrongShape("apiVersion", "is missing");
    return ["?", ""];
  }
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/**
 * Reads who an object is. Without a known name it still grants, so it gets a stand-in.
 *
 * @param position of the object in the input
 * @returns undefined when its namespace is not known: then nobody can say where it grants
 */
export function readIdentity(
  raw: Content,
  scope: "cluster" | { readonly defaultNamespace: string },
  fields: Fields,
  { origin, position }: { readonly origin: Origin; readonly position: number },
): Identity | undefined {
  const metadata = fields.record(raw.metadata, "metadata");
  if (metadata === undefined) return undefined;
  // For a name that the API server will choose: the logical name in Pulumi, else the position in the input.
  const standIn = `(${origin.urn?.split("::").at(-1) ?? position})`;
  const stem = fields.text(metadata.generateName, "metadata.generateName", "");
  // A name counts before a stem of one.
  const isNamed = isFilled(metadata.name) && !holdsPlaceholder(metadata.name);
  const isGenerated = stem !== undefined && stem !== "" && !isNamed;
  const name = isGenerated ? `${stem}${standIn}` : (fields.text(metadata.name, "metadata.name") ?? standIn);
  const labels = readLabels(metadata.labels, "metadata.labels", fields) ?? {};
  if (scope === "cluster") return { namespace: "", name, labels, origin };
  const namespace = fields.text(metadata.namespace, "metadata.namespace", scope.defaultNamespace);
  return namespace === undefined ? undefined : { namespace: namespace || scope.defaultNamespace, name, labels, origin };
}

export function readRole(kind: Role["kind"], content: Content, identity: Identity, fields: Fields): Role {
  const rules = (fields.list(content.rules, "rules") ?? []).flatMap((rule, index) => readRule(rule, index, fields));
  const aggregation = kind === "ClusterRole" ? readAggregation(content.aggregationRule, fields) : undefined;
  return { kind, ...identity, rules, ...(aggregation === undefined ? {} : { aggregation }) };
}

/** @returns undefined when the role that it refers to is not known; its subjects' permissions then are not either */
export function readBinding(
  kind: Binding["kind"],
  content: Content,
  { namespace, name, origin }: Identity,
  fields: Fields,
): Binding | undefined {
  const ref = fields.record(content.roleRef, "roleRef");
  const subjects = (fields.list(content.subjects, "subjects") ?? []).flatMap((subject, index) =>
    readSubject(subject, `subjects[${index}]`, namespace, fields),
  );
  if (ref === undefined) return undefined;
  const refKind = fields.text(ref.kind, "roleRef.kind");
  const refName = fields.text(ref.name, "roleRef.name");
  if (refKind === undefined || refName === undefined) return undefined;
  if (refKind !== "ClusterRole" && (refKind !== "Role" || kind === "ClusterRoleBinding"))
    fields.fail("roleRef.kind", `must be ${kind === "RoleBinding" ? "Role or ClusterRole" : "ClusterRole"}`);
  return { kind, namespace, name, origin, subjects, roleRef: { kind: refKind, name: refName } };
}

function readRule(value: unknown, index: number, fields: Fields): PolicyRule[] {
  const at = `rules[${index}]`;
  const rule = fields.record(value, at);
  if (rule === undefined) return [];
  const verbs = fields.texts(rule.verbs, `${at}.verbs`);
  const apiGroups = fields.texts(rule.apiGroups, `${at}.apiGroups`);
  const resources = fields.texts(rule.resources, `${at}.resources`);
  const resourceNames = fields.texts(rule.resourceNames, `${at}.resourceNames`);
  const nonResourceURLs = fields.texts(rule.nonResourceURLs, `${at}.nonResourceURLs`);
  if (!verbs || !apiGroups || !resources || !resourceNames || !nonResourceURLs) return [];
  return [{ apiGroups, resources, resourceNames, nonResourceURLs, verbs }];
}

function readSubject(value: unknown, at: string, bindingNamespace: string, fields: Fields): Subject[] {
  const subject = fields.record(value, at);
  if (subject === undefined) return [];
  const kind = fields.text(subject.kind, `${at}.kind`);
  const name = fields.text(subject.name, `${at}.name`);
  if (kind === undefined || name === undefined) return [];
  if (kind === "User" || kind === "Group") return [{ kind, namespace: "", name }];
  if (kind !== "ServiceAccount") return fields.fail(`${at}.kind`, "must be User, Group or ServiceAccount");
  const namespace = fields.text(subject.namespace, `${at}.namespace`, "");
  if (namespace === undefined) return [];
  const home = namespace === "" ? bindingNamespace : namespace;
  return home === "" ? fields.fail(`${at}.namespace`, "is missing") : [{ kind, namespace: home, name }];
}

function readAggregation(value: unknown, fields: Fields): LabelSelector[] | undefined {
  if (value === undefined || value === null) return undefined;
  const rule = fields.record(value, "aggregationRule");
  const at = "aggregationRule.clusterRoleSelectors";
  const selectors = rule === undefined ? undefined : fields.list(rule.clusterRoleSelectors, at);
  return (selectors ?? []).flatMap((selector, index) => readSelector(selector, `${at}[${index}]`, fields));
}

function readSelector(value: unknown, at: string, fields: Fields): LabelSelector[] {
  const selector = fields.record(value, at);
  const matchLabels = selector && readLabels(selector.matchLabels, `${at}.matchLabels`, fields);
  const expressions = selector && fields.list(selector.matchExpressions, `${at}.matchExpressions`);
  if (matchLabels === undefined || expressions === undefined) return [];
  const requirements = expressions.map((one, index) =>
    readRequirement(one, `${at}.matchExpressions[${index}]`, fields),
  );
  const known = requirements.filter((requirement) => requirement !== undefined);
  return known.length === requirements.length ? [{ matchLabels, matchExpressions: known }] : [];
}

const operators = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

function readRequirement(value: unknown, at: string, fields: Fields): LabelRequirement | undefined {
  const requirement = fields.record(value, at);
  const key = requirement && fields.text(requirement.key, `${at}.key`);
  const operator = requirement && fields.text(requirement.operator, `${at}.operator`);
  const values = requirement && fields.texts(requirement.values, `${at}.values`);
  if (key === undefined || operator === undefined || values === undefined) return undefined;
  const known = operators.find((one) => one === operator);
  return known === undefined
    ? fields.fail(`${at}.operator`, `is none of ${operators.join(", ")}`)
    : { key, operator: known, values };
}

/** @returns undefined when any label is not known */
export function readLabels(value: unknown, path: string, fields: Fields): Record<string, string> | undefined {
  const record = fields.record(value, path);
  if (record === undefined) return undefined;
  const labels: Record<string, string> = {};
  for (const [key, label] of Object.entries(record)) {
    const text = fields.text(label, `${path}.${key}`, "");
    if (text === undefined) return undefined;
    labels[key] = text;
  }
  return labels;
}

const isFilled = (value: unknown) => value !== undefined && value !== null && value !== "";
