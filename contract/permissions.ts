import { objectNames } from "./names.ts";

/** One rule of a Role or ClusterRole, in the API's own shape. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * Role `iotedged`: exactly what iotedged calls in its namespace. The Pulumi program grants it, iotedged checks it at
 * start by SelfSubjectAccessReview, and the end-to-end test compares it with the API server's audit log.
 */
export const iotedgedRules: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "watch"] },
  {
    apiGroups: ["apps"],
    resources: ["deployments"],
    resourceNames: [objectNames.edgeAgent],
    verbs: ["create", "patch", "delete"],
  },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
];

/** Role `edgeagent`: exactly what EdgeAgent calls in its namespace. It has no cluster-wide right. */
export const edgeAgentRules: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  {
    apiGroups: [""],
    resources: ["serviceaccounts", "services"],
    verbs: ["list", "watch", "create", "patch", "delete"],
  },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "watch", "create", "patch", "delete"] },
  {
    apiGroups: [""],
    resources: ["configmaps"],
    resourceNames: [objectNames.deployment],
    verbs: ["list", "watch"],
  },
  { apiGroups: [""], resources: ["configmaps"], resourceNames: [objectNames.status], verbs: ["create", "patch"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
];

/** ClusterRole of `tokenReview: minimal`: all that authentication needs outside the namespace. */
export const tokenReviewerRules: readonly PolicyRule[] = [
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
];

/** ClusterRole node-observer. */
export const nodeObserverRules: readonly PolicyRule[] = [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }];
