import type { Permission } from "../model/permission.ts";
import type { Severity } from "./severity.ts";

/** What every rule says about itself. */
export interface RuleText {
  /** Stable; part of reports, waivers and baselines. */
  readonly id: string;
  /** What is found, as a noun phrase. */
  readonly title: string;
  /** Why it matters, in one or two sentences. */
  readonly why: string;
  /** Page that explains it. */
  readonly source: string;
  /** What to do instead. */
  readonly fix: string;
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
  matches(permission: Permission): boolean;
}

/** Pages that more than one rule refers to. */
export const pages = {
  goodPractices: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  rbac: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
} as const;

export { allows } from "./allows.ts";

/** Verbs that make or change an object. */
export const write = ["create", "update", "patch"] as const;
