import type { LabelSelector } from "./label-selector.ts";
import type { Subject } from "./subject.ts";

/** One rule of a Role or ClusterRole. Lists that the object leaves out are empty here. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Empty: all names. */
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
  readonly verbs: readonly string[];
}

/** Where an object was declared, as far as the source knows. */
export interface Origin {
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Pulumi URN. */
  readonly urn?: string;
  /** Whether the API server makes the object itself, and this is what it makes. */
  readonly builtin?: boolean;
}

/** `infra/rbac.ts:12`, or the logical name in Pulumi; empty when the source does not tell. */
export function describeOrigin({ file, line, urn }: Origin): string {
  if (file === undefined) return urn?.split("::").at(-1) ?? "";
  return line === undefined ? file : `${file}:${line}`;
}

/** A Role or a ClusterRole. */
export interface Role {
  readonly kind: "Role" | "ClusterRole";
  /** Empty for a ClusterRole. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the object states; {@link effectiveRules} adds what aggregation brings. */
  readonly rules: readonly PolicyRule[];
  /** Selectors of the ClusterRoles whose rules this one takes over; undefined when it is not aggregated. */
  readonly aggregation?: readonly LabelSelector[];
  readonly origin: Origin;
}

/** A RoleBinding or a ClusterRoleBinding. */
export interface Binding {
  readonly kind: "RoleBinding" | "ClusterRoleBinding";
  /** Empty for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly name: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
  readonly origin: Origin;
}

export interface RoleRef {
  readonly kind: "Role" | "ClusterRole";
  readonly name: string;
}

export interface ServiceAccountRef {
  readonly namespace: string;
  readonly name: string;
}

/** What runs pods, or a pod. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Name of the ServiceAccount that its pods run as. */
  readonly account: string;
}

/** A Secret of type `kubernetes.io/service-account-token`. Nothing of its content is kept. */
export interface TokenSecret {
  readonly namespace: string;
  readonly name: string;
  /** Name of the ServiceAccount whose token it holds. */
  readonly account: string;
}

/** Why a part of the input could not be turned into permissions. */
export type UnresolvedReason =
  | "secret"
  | "unknown"
  | "missing-role"
  | "aggregation-cycle"
  | "unknown-api-version"
  | "opaque"
  | "unreadable";

/** A part of the input whose permissions are not known. It is listed, and never taken for "no permission". */
export interface Unresolved {
  readonly reason: UnresolvedReason;
  /** The object, as {@link describeObject} writes it. */
  readonly object: string;
  /** Path of the field, such as `rules[0].resourceNames`; empty for the whole object. */
  readonly path: string;
  /** One sentence for the reader. */
  readonly detail: string;
  /** Equal on both sides of a diff exactly when the unknown thing is known to be the same on both. */
  readonly identity: string;
  /** Equal for equal documents, where these may still stand for different things. */
  readonly content?: string;
  readonly origin: Origin;
}

/** All that one source says about the access control of one cluster. */
export interface ClusterObjects {
  /** Name that tells clusters of one source apart. */
  readonly cluster: string;
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  readonly serviceAccounts: readonly ServiceAccountRef[];
  /** As far as the source lists any; a live one does not. */
  readonly workloads: readonly Workload[];
  readonly tokenSecrets: readonly TokenSecret[];
  readonly unresolved: readonly Unresolved[];
  /**
   * Whether the source lists the whole cluster, as a live one does: built-in objects are then among the listed, and
   * aggregated rules stand in the objects. Otherwise both are added.
   */
  readonly complete: boolean;
}

/** Name of an object for people: `Role edge-a/edgeagent`, `ClusterRole view`. */
export function describeObject(object: { readonly kind: string; readonly namespace: string; readonly name: string }) {
  return `${object.kind} ${object.namespace === "" ? "" : `${object.namespace}/`}${object.name}`;
}
