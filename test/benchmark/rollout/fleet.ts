import {
  clusterObjectNames,
  edgeAgentRules,
  iotedgedRules,
  objectNames,
  type PolicyRule,
  tokenReviewerRules,
} from "#contract";
import type { ClusterChange, ObjectChange } from "../../../infra/rollout/model/index.ts";

const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;
const regions = ["eu", "us", "asia", "africa"];

/** A fleet file with that many clusters in five waves. */
export function fleetFile(clusters: number): string {
  const lines = Array.from({ length: clusters }, (_, index) => {
    const ring = index < 10 ? "canary" : "rest";
    return `  - { name: factory-${index}, labels: { ring: ${ring}, region: ${regions[index % regions.length]} } }`;
  });
  const waves = regions.map((region) => `    - { name: ${region}, matchLabels: { region: ${region} } }`);
  return [
    "name: benchmark",
    "clusters:",
    ...lines,
    "strategy:",
    "  maxConcurrency: 50",
    "  bake: 0s",
    "  waves:",
    "    - { name: canary, canary: true, matchLabels: { ring: canary } }",
    ...waves,
  ].join("\n");
}

/** What a new version changes in a cluster whose installation has a namespace of its own, and a rule that is widened. */
export function changeOf(index: number): ClusterChange {
  const namespace = `edge-${index}`;
  const secrets: PolicyRule = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };
  return {
    changes: changes(index),
    before: rbacObjects(namespace, edgeAgentRules),
    after: rbacObjects(namespace, [...edgeAgentRules, secrets]),
  };
}

/** Ten kinds of changes in all, each of as many objects as an installation has. */
function changes(index: number): readonly ObjectChange[] {
  return Array.from({ length: 25 }, (_, place) => ({
    operation: "update",
    object: `apps/v1/Deployment edge/object-${place}`,
    fields: [
      `spec.template.spec.containers[0].image: "r/i:${index % 10}" -> "r/i:${(index % 10) + 1}"`,
      "spec.replicas: 1 -> 2",
    ],
  }));
}

function rbacObjects(namespace: string, rules: readonly PolicyRule[]): readonly object[] {
  const names = clusterObjectNames(namespace);
  const account = { kind: "ServiceAccount", name: objectNames.iotedged, namespace };
  const agent = { ...account, name: objectNames.edgeAgent };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account.name, namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: agent.name, namespace } },
    role("Role", objectNames.iotedged, iotedgedRules, namespace),
    binding("RoleBinding", objectNames.iotedged, "Role", account, namespace),
    role("Role", objectNames.edgeAgent, rules, namespace),
    binding("RoleBinding", objectNames.edgeAgent, "Role", agent, namespace),
    role("ClusterRole", names.tokenReviewer, tokenReviewerRules),
    binding("ClusterRoleBinding", names.tokenReviewer, "ClusterRole", account),
  ];
}

function role(kind: string, name: string, rules: readonly PolicyRule[], namespace?: string): object {
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) }, rules };
}

function binding(kind: string, name: string, roleKind: string, subject: object, namespace?: string): object {
  const metadata = { name, ...(namespace && { namespace }) };
  return { apiVersion, kind, metadata, roleRef: { apiGroup: group, kind: roleKind, name }, subjects: [subject] };
}
