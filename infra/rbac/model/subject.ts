/** Who a binding grants to. */
export interface Subject {
  readonly kind: "User" | "Group" | "ServiceAccount";
  /** Empty unless the subject is a ServiceAccount. */
  readonly namespace: string;
  readonly name: string;
}

/** Who makes a request, as the API server sees it after authentication. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
}

const serviceAccountPrefix = "system:serviceaccount:";

/** The API server lets members of this group do everything, whatever RBAC says. */
export const mastersGroup = "system:masters";
export const authenticatedGroup = "system:authenticated";
export const unauthenticatedGroup = "system:unauthenticated";
export const serviceAccountsGroup = "system:serviceaccounts";
export const anonymousUser = "system:anonymous";

/** User name of a ServiceAccount's tokens. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `${serviceAccountPrefix}${namespace}:${name}`;
}

/**
 * The same subject in one spelling: a User that is named like a ServiceAccount's tokens *is* that ServiceAccount to the
 * authorizer.
 */
export function canonicalSubject(subject: Subject): Subject {
  if (subject.kind !== "User" || !subject.name.startsWith(serviceAccountPrefix)) return subject;
  const [namespace, name, ...rest] = subject.name.slice(serviceAccountPrefix.length).split(":");
  if (!namespace || !name || rest.length > 0) return subject;
  return { kind: "ServiceAccount", namespace, name };
}

/** Equal for subjects that the authorizer cannot tell apart. */
export function subjectKey(subject: Subject): string {
  if (subject.kind === "Group") return `Group ${subject.name}`;
  if (subject.kind === "User") return `User ${subject.name}`;
  return `User ${serviceAccountUser(subject.namespace, subject.name)}`;
}

/** Keys of all subjects by which a binding may reach `user`. */
export function keysOfUser(user: UserInfo): string[] {
  return [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)];
}

/**
 * The request identity of a subject, with the groups that the API server adds on its own. A Group stands for any
 * authenticated member of it, except the two groups that exclude each other.
 */
export function userInfoOf(subject: Subject): UserInfo {
  const { kind, name, namespace } = canonicalSubject(subject);
  if (kind === "ServiceAccount") {
    const groups = [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`, authenticatedGroup];
    return { name: serviceAccountUser(namespace, name), groups };
  }
  if (kind === "User") return { name, groups: [name === anonymousUser ? unauthenticatedGroup : authenticatedGroup] };
  if (name === authenticatedGroup || name === unauthenticatedGroup) return { name: "", groups: [name] };
  const implied = name.startsWith(`${serviceAccountsGroup}:`) ? [serviceAccountsGroup] : [];
  return { name: "", groups: [name, ...implied, authenticatedGroup] };
}

/** `ServiceAccount edge-a/edgeagent`, `Group system:authenticated`. */
export function describeSubject({ kind, namespace, name }: Subject): string {
  return kind === "ServiceAccount" ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}

/**
 * Reads a subject as people write it on a command line: `user:NAME`, `group:NAME`, `serviceaccount:NS/NAME`,
 * `sa:NS/NAME`, a user name of a ServiceAccount's tokens, or `NS/NAME`.
 *
 * @returns undefined when it is none of these
 */
export function parseSubject(text: string): Subject | undefined {
  const [, prefix = "", rest = ""] = /^(user|group|serviceaccount|sa):(.+)$/i.exec(text) ?? [];
  if (prefix === "") {
    if (text.startsWith("system:")) return canonicalSubject({ kind: "User", namespace: "", name: text });
    return parseServiceAccount(text);
  }
  if (prefix.toLowerCase() === "user") return canonicalSubject({ kind: "User", namespace: "", name: rest });
  if (prefix.toLowerCase() === "group") return { kind: "Group", namespace: "", name: rest };
  return parseServiceAccount(rest);
}

function parseServiceAccount(text: string): Subject | undefined {
  const match = /^([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9.-]*)$/.exec(text);
  return match?.[1] && match[2] ? { kind: "ServiceAccount", namespace: match[1], name: match[2] } : undefined;
}
