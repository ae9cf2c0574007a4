import type { Permission } from "../model/permission.ts";
import type { Severity } from "./severity.ts";

/** What every rule says about itself. */
export interface RuleText {
  /** Stable and never given to another rule; part of reports, waivers and baselines. */
  readonly id: string;
  /** What is found, as a noun phrase. */
  readonly title: string;
  /** Why it matters, in one or two sentences. */
  readonly why: string;
  /** Page that explains it. */
  readonly source: string;
  /** What to do instead. */
  readonly fix: string;
  /** Controls of the CIS Kubernetes Benchmark, such as `5.1.2`. @default none */
  readonly cis?: readonly string[];
  /** Techniques of MITRE ATT&CK, matrix Containers, such as `T1552.007`. @default none */
  readonly mitre?: readonly string[];
}

/**
 * What a rule is about, in the words of a rule of a role: a permission that allows any of the verbs on any of the
 * resources. `*` at the end of a word stands for any rest.
 */
export interface RiskyGrant {
  readonly verbs: readonly string[];
  /** Empty string: the core group. */
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Only these names, and permissions for all names. @default all names */
  readonly resourceNames?: readonly string[];
  /** Only permissions that name the verb: of a `*` the rule would find nothing that others do not. @default false */
  readonly verbNamed?: boolean;
}

/** Paths that a rule is about. */
export interface RiskyPaths {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/**
 * Whom a permission hands over to its holder, besides what it does itself:
 *
 * - `accounts`: ServiceAccounts of the scope
 * - `tokens`: the same, or the one that is named
 * - `pods`: the account of the named pod, or those of the scope's pods
 * - `token-secrets`: the accounts whose token stands in a Secret
 * - `made-token-secrets`: the scope's accounts, where the holder may both make and read Secrets
 * - `impersonated`: who may be impersonated
 * - `borrowed`: who may be impersonated for some actions, as far as these go
 * - `bindable-roles`: what roles that may be bound allow, where the holder may write such bindings
 * - `own-roles`: everything, where the holder may write a role that it is bound to
 * - `certificates`: users and groups, where the holder may ask for certificates, approve and sign them
 */
export type LeadsTo =
  | "accounts"
  | "tokens"
  | "pods"
  | "token-secrets"
  | "made-token-secrets"
  | "impersonated"
  | "borrowed"
  | "bindable-roles"
  | "own-roles"
  | "certificates";

/** A rule about one permission that somebody holds. */
export interface PermissionRule extends RuleText {
  /** When the permission counts everywhere. */
  readonly severity: Severity;
  /** When it counts in one namespace; undefined: it is harmless there. */
  readonly namespaced?: Severity;
  /** When it counts in a namespace of the control plane. @default `severity`, where `namespaced` is given */
  readonly controlPlane?: Severity;
  /** @default nobody */
  readonly leadsTo?: LeadsTo;
  /** Namespaces in which it counts as if it were everywhere, whatever `namespaced` says. @default none */
  readonly sensitiveNamespaces?: readonly string[];
  /** Names of which each grants as much as all, so that listing them narrows nothing. @default none */
  readonly sensitiveNames?: readonly string[];
  /** Project whose custom resources it is about. Group `*` is not found: rules of Kubernetes itself find that. */
  readonly pack?: string;
  /** What it finds. The rules about wildcards themselves have a shape instead. */
  readonly grants?: readonly (RiskyGrant | RiskyPaths)[];
  readonly shape?: (permission: Permission) => boolean;
}

/** Pages that more than one rule refers to. */
export const pages = {
  goodPractices: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  rbac: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
  certificates: "https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/",
  impersonation: "https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/",
  kubelet: "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/",
} as const;

/** Verbs that make or change an object. */
export const write = ["create", "update", "patch"] as const;
/** Verbs that change an object which is there. */
export const change = ["update", "patch"] as const;
/** Verbs that take objects away. */
export const remove = ["delete", "deletecollection"] as const;

/** One line of a rule: verbs on resources of a group. */
export function on(apiGroup: string, resources: readonly string[], verbs: readonly string[]): RiskyGrant {
  return { apiGroups: [apiGroup], resources, verbs };
}
