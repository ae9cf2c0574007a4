import type { PermissionRule } from "./rule.ts";
import { admissionRules } from "./rules/admission.ts";
import { certificateRules } from "./rules/certificates.ts";
import { clusterSetupRules } from "./rules/cluster-setup.ts";
import { identityRules } from "./rules/identities.ts";
import { nodeRules } from "./rules/nodes.ts";
import { operationRules } from "./rules/operations.ts";
import { accessOperatorRules } from "./rules/packs/access-operators.ts";
import { argoRules } from "./rules/packs/argo.ts";
import { certManagerRules } from "./rules/packs/cert-manager.ts";
import { externalSecretsRules } from "./rules/packs/external-secrets.ts";
import { fluxRules } from "./rules/packs/flux.ts";
import { gatekeeperRules } from "./rules/packs/gatekeeper.ts";
import { gatewayApiRules } from "./rules/packs/gateway-api.ts";
import { istioRules } from "./rules/packs/istio.ts";
import { kubeVirtRules } from "./rules/packs/kubevirt.ts";
import { kyvernoRules } from "./rules/packs/kyverno.ts";
import { tektonRules } from "./rules/packs/tekton.ts";
import { storageRules } from "./rules/storage.ts";
import { trafficRules } from "./rules/traffic.ts";
import { wildcardRules } from "./rules/wildcards.ts";
import { workloadRules } from "./rules/workloads.ts";

/** Rules about one kind of thing. */
export interface RuleArea {
  readonly title: string;
  readonly rules: readonly PermissionRule[];
}

/** The areas of Kubernetes itself, in the order of docs/rbac-rules.md. */
export const kubernetesAreas: readonly RuleArea[] = [
  { title: "Wildcards", rules: wildcardRules },
  { title: "Secrets, pods and what makes pods", rules: workloadRules },
  { title: "Nodes", rules: nodeRules },
  { title: "Identities and roles", rules: identityRules },
  { title: "Certificates", rules: certificateRules },
  { title: "Setup of the cluster", rules: clusterSetupRules },
  { title: "Admission", rules: admissionRules },
  { title: "Storage and devices", rules: storageRules },
  { title: "Traffic", rules: trafficRules },
  { title: "Operation", rules: operationRules },
];

/** Rules about the resources of Kubernetes itself. */
export const kubernetesRules: readonly PermissionRule[] = kubernetesAreas.flatMap(({ rules }) => rules);

/** Rules about custom resources, project by project. */
export const packRules: readonly PermissionRule[] = [
  ...accessOperatorRules,
  ...argoRules,
  ...certManagerRules,
  ...externalSecretsRules,
  ...fluxRules,
  ...gatekeeperRules,
  ...gatewayApiRules,
  ...istioRules,
  ...kubeVirtRules,
  ...kyvernoRules,
  ...tektonRules,
];

/** All rules about single permissions, in the order of docs/rbac-rules.md. */
export const permissionRules: readonly PermissionRule[] = [...kubernetesRules, ...packRules];

/** Ids of rules that there were once. None is given to another rule: waivers and baselines would take one for the other. */
export const retiredRuleIds: readonly string[] = [];
