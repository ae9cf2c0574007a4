import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import {
  annotations,
  clusterObjectNames,
  edgeAgentRulesOf,
  type IotedgedFeatures,
  iotedgedRulesOf,
  type ModuleSettings,
  nodeObserverRules,
  objectNames,
  type PolicyRule,
  tokenReviewerRules,
} from "#contract";
import { TokenReview } from "./args.ts";
import { derive } from "./inputs.ts";
import { type Component, clusterMetadata, type InstallationScope, metadata } from "./scope.ts";

const apiGroup = "rbac.authorization.k8s.io";
const authDelegator = "system:auth-delegator";

/** What an installation's rights depend on. */
export interface Rights {
  readonly tokenReview: TokenReview;
  readonly nodeObserver: boolean;
  readonly features: IotedgedFeatures;
  readonly modules: ModuleSettings;
  /** Whether IoT Hub has the manifest. */
  readonly connected: boolean;
  /** Pods of EdgeAgent. */
  readonly edgeAgents: number;
  /** Why EdgeAgent has these rights without an admission policy; undefined where there is one. */
  readonly admissionPolicyOff: string | undefined;
  /** Whether the cluster-scoped ones are declared, too. */
  readonly clusterObjects: boolean;
}

/** Declares the identities of iotedged and EdgeAgent and all that they may do. */
export function declareRbac(scope: InstallationScope, rights: Rights): pulumi.Resource[] {
  return [
    ...declareServiceAccount(scope, "iotedged", objectNames.iotedged, iotedgedRulesOf(rights.features)),
    ...declareServiceAccount(
      scope,
      "edgeagent",
      objectNames.edgeAgent,
      edgeAgentRulesOf(rights.modules, rights.edgeAgents, rights.connected),
      rights.admissionPolicyOff === undefined ? {} : { [annotations.admissionPolicyOff]: rights.admissionPolicyOff },
    ),
    ...(rights.clusterObjects ? declareTokenReview(scope, rights.tokenReview) : []),
    ...(rights.clusterObjects && rights.nodeObserver ? declareNodeObserver(scope) : []),
  ];
}

function declareServiceAccount(
  scope: InstallationScope,
  component: Component,
  name: string,
  rules: readonly PolicyRule[],
  annotated: Readonly<Record<string, string>> = {},
): pulumi.Resource[] {
  const resourceName = `${scope.resourceName}-${name}`;
  const meta = metadata(scope, component, name);
  const isAnnotated = Object.keys(annotated).length > 0;
  const accountMeta = isAnnotated ? derive(meta, (plain) => ({ ...plain, annotations: annotated })) : meta;
  return [
    new k8s.core.v1.ServiceAccount(
      resourceName,
      { metadata: accountMeta, automountServiceAccountToken: false },
      scope.namespaced,
    ),
    new k8s.rbac.v1.Role(resourceName, { metadata: meta, rules: policyRules(rules) }, scope.namespaced),
    new k8s.rbac.v1.RoleBinding(
      resourceName,
      { metadata: meta, roleRef: { apiGroup, kind: "Role", name }, subjects: serviceAccount(scope, name) },
      scope.namespaced,
    ),
  ];
}

/**
 * Each role has a binding of its own: what a binding refers to cannot change, and iotedged would be without either right
 * while a binding is made anew.
 */
function declareTokenReview(scope: InstallationScope, tokenReview: TokenReview): pulumi.Resource[] {
  if (tokenReview === TokenReview.Delegator)
    return [bindClusterRole(scope, `${scope.resourceName}-auth-delegator`, "authDelegator", authDelegator)];
  const resourceName = `${scope.resourceName}-token-reviewer`;
  const roleName = derive(scope.id, ({ name }) => nameOf("tokenReviewer")(name));
  return [
    declareClusterRole(scope, resourceName, "tokenReviewer", tokenReviewerRules),
    bindClusterRole(scope, resourceName, "tokenReviewer", roleName),
  ];
}

function declareNodeObserver(scope: InstallationScope): pulumi.Resource[] {
  const resourceName = `${scope.resourceName}-node-observer`;
  const roleName = derive(scope.id, ({ name }) => nameOf("nodeObserverRole")(name));
  return [
    declareClusterRole(scope, resourceName, "nodeObserverRole", nodeObserverRules),
    bindClusterRole(scope, resourceName, "nodeObserverBinding", roleName),
  ];
}

type ClusterObject = keyof ReturnType<typeof clusterObjectNames>;

function declareClusterRole(
  scope: InstallationScope,
  resourceName: string,
  object: ClusterObject,
  rules: readonly PolicyRule[],
): pulumi.Resource {
  const meta = clusterMetadata(scope, "iotedged", nameOf(object));
  return new k8s.rbac.v1.ClusterRole(resourceName, { metadata: meta, rules: policyRules(rules) }, scope.children);
}

function bindClusterRole(
  scope: InstallationScope,
  resourceName: string,
  object: ClusterObject,
  role: pulumi.Input<string>,
): pulumi.Resource {
  return new k8s.rbac.v1.ClusterRoleBinding(
    resourceName,
    {
      metadata: clusterMetadata(scope, "iotedged", nameOf(object)),
      roleRef: { apiGroup, kind: "ClusterRole", name: role },
      subjects: serviceAccount(scope, objectNames.iotedged),
    },
    scope.children,
  );
}

function nameOf(object: ClusterObject): (installation: string) => string {
  return (installation) => clusterObjectNames(installation)[object];
}

function serviceAccount(scope: InstallationScope, name: string) {
  return derive(scope.id, ({ namespace }) => [{ kind: "ServiceAccount", name, namespace }]);
}

function policyRules(rules: readonly PolicyRule[]): k8s.types.input.rbac.v1.PolicyRule[] {
  return rules.map((rule) => ({
    apiGroups: [...rule.apiGroups],
    resources: [...rule.resources],
    ...(rule.resourceNames && { resourceNames: [...rule.resourceNames] }),
    verbs: [...rule.verbs],
  }));
}
