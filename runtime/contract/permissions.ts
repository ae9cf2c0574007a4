import type { IotedgedFeatures } from "./iotedged-settings.ts";
import type { ModuleSettings } from "./module-settings.ts";
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
  {
    apiGroups: [""],
    resources: ["configmaps"],
    resourceNames: [objectNames.trustRecord],
    verbs: ["get", "create", "patch"],
  },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    resourceNames: [objectNames.iotedged],
    verbs: ["get", "create", "update"],
  },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
];

/** Beside {@link iotedgedRules} with `iotedged.moduleLogs` or `iotedged.supportBundle`. */
export const podLogRules: readonly PolicyRule[] = [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }];

/** Beside {@link iotedgedRules} with `iotedged.moduleRestart`. */
export const moduleRestartRules: readonly PolicyRule[] = [{ apiGroups: [""], resources: ["pods"], verbs: ["delete"] }];

/** Beside {@link iotedgedRules} with `iotedged.supportBundle`. */
export const supportBundleRules: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["configmaps", "services"], verbs: ["list"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["list"] },
];

/**
 * Beside {@link iotedgedRules} with `edgeAgent.jobs`. Pods alone would not do: a stopped Job has none, nor has one that
 * waits for its turn.
 */
export const moduleJobRules: readonly PolicyRule[] = [
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list", "watch"] },
];

/** All rules of Role `iotedged` in an installation with those features. */
export function iotedgedRulesOf(features: IotedgedFeatures): readonly PolicyRule[] {
  const { moduleLogs, moduleRestart, supportBundle, moduleJobs } = features;
  return [
    ...iotedgedRules,
    ...(moduleJobs ? moduleJobRules : []),
    ...(moduleLogs || supportBundle ? podLogRules : []),
    ...(moduleRestart ? moduleRestartRules : []),
    ...(supportBundle ? supportBundleRules : []),
  ];
}

/** To see the manifest; not in a connected installation, where that is IoT Hub's. */
const manifestRule: PolicyRule = {
  apiGroups: [""],
  resources: ["configmaps"],
  resourceNames: [objectNames.deployment],
  verbs: ["list", "watch"],
};

/** Role `edgeagent`: exactly what EdgeAgent calls in its namespace. It has no cluster-wide right. */
export const edgeAgentRules: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  {
    apiGroups: [""],
    resources: ["serviceaccounts", "services"],
    verbs: ["list", "watch", "create", "patch", "delete"],
  },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "watch", "create", "patch", "delete"] },
  manifestRule,
  { apiGroups: [""], resources: ["configmaps"], resourceNames: [objectNames.status], verbs: ["create", "patch"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
];

/** Beside {@link edgeAgentRules} with `edgeAgent.jobs`. */
export const jobRules: readonly PolicyRule[] = [
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list", "watch", "create", "patch", "delete"] },
];

/** Beside {@link edgeAgentRules} with `edgeAgent.volumes.create`. */
export const claimRules: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["list", "watch", "create", "patch"] },
];

/** Beside {@link claimRules} with `edgeAgent.volumes.deletion: delete`. */
export const claimDeletionRules: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["delete"] },
];

/** Beside {@link edgeAgentRules} with `edgeAgent.registryCredentials`: the one Secret that EdgeAgent writes itself. */
export const registryCredentialRules: readonly PolicyRule[] = [
  {
    apiGroups: [""],
    resources: ["secrets"],
    resourceNames: [objectNames.registryCredentials],
    verbs: ["list", "watch", "create", "patch", "delete"],
  },
];

/** Beside {@link edgeAgentRules} with more than one of `edgeAgent.replicas`. */
export const edgeAgentElectionRules: readonly PolicyRule[] = [
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    resourceNames: [objectNames.edgeAgent],
    verbs: ["get", "create", "update"],
  },
];

/**
 * All rules of Role `edgeagent`.
 *
 * @param settings what the installation lets its modules have
 * @param replicas pods of EdgeAgent: one alone needs no election
 * @param connected whether the manifest is IoT Hub's
 */
export function edgeAgentRulesOf(settings: ModuleSettings, replicas: number, connected = false): readonly PolicyRule[] {
  const { create, deletion } = settings.volumes;
  return [
    ...edgeAgentRules.filter((rule) => !connected || rule !== manifestRule),
    ...(replicas > 1 ? edgeAgentElectionRules : []),
    ...(settings.jobs ? jobRules : []),
    ...(create ? claimRules : []),
    ...(create && deletion === "delete" ? claimDeletionRules : []),
    ...(settings.registryCredentials ? registryCredentialRules : []),
  ];
}

/** ClusterRole of `tokenReview: minimal`: all that authentication needs outside the namespace. */
export const tokenReviewerRules: readonly PolicyRule[] = [
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
];

/** ClusterRole node-observer. */
export const nodeObserverRules: readonly PolicyRule[] = [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }];
