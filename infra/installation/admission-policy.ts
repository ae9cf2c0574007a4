import * as k8s from "@pulumi/kubernetes";
import { clusterObjectNames, objectNames, tokenAudience } from "#contract";
import { derive } from "./inputs.ts";
import { clusterMetadata, type InstallationId, type InstallationScope } from "./scope.ts";

type PolicySpec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;
type BindingSpec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec;

/**
 * Declares what a Role cannot say: with which identity EdgeAgent may let pods run. Whoever has EdgeAgent's token could
 * otherwise run pods as any ServiceAccount of the namespace, and with its token for the API server.
 */
export function declareAdmissionPolicy(scope: InstallationScope): void {
  const resourceName = `${scope.resourceName}-edgeagent-workloads`;
  const metadata = clusterMetadata(scope, "edgeagent", nameOf);
  new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
    resourceName,
    { metadata, spec: derive(scope.id, policySpec) },
    scope.children,
  );
  new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
    resourceName,
    { metadata, spec: derive(scope.id, bindingSpec) },
    scope.children,
  );
}

const nameOf = (installation: string) => clusterObjectNames(installation).edgeAgentWorkloads;

/** ServiceAccounts of the namespace that are no module's. */
const closed = [objectNames.iotedged, objectNames.edgeAgent, "default"];
const pod = "object.spec.template.spec";
const tokens = "source.serviceAccountToken";

/** The policy's content. */
export function policySpec({ name, namespace }: InstallationId): PolicySpec {
  const user = `system:serviceaccount:${namespace}:${objectNames.edgeAgent}`;
  const audience = tokenAudience({ name, namespace });
  const isOwnToken = `has(${tokens}.audience) && ${tokens}.audience == '${audience}'`;
  const isGoodSource = `!has(source.serviceAccountToken) || (${isOwnToken})`;
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [rule("apps", "deployments"), rule("batch", "jobs")],
    },
    matchConditions: [{ name: "by-edgeagent", expression: `request.userInfo.username == '${user}'` }],
    validations: [
      {
        expression: `has(${pod}.serviceAccountName) && ${pod}.serviceAccountName == object.metadata.name`,
        message: "a module runs as the ServiceAccount of its own name",
      },
      {
        expression: `!(object.metadata.name in [${closed.map((account) => `'${account}'`).join(", ")}])`,
        message: "that name is not a module's",
      },
      {
        expression: `has(${pod}.automountServiceAccountToken) && !${pod}.automountServiceAccountToken`,
        message: "a module has no token of the API server",
      },
      {
        expression:
          `!has(${pod}.volumes) || ${pod}.volumes.all(volume, !has(volume.projected) || ` +
          `volume.projected.sources.all(source, ${isGoodSource}))`,
        message: "a module has no token but the one for iotedged",
      },
    ],
  };
}

function rule(group: string, resource: string) {
  return { apiGroups: [group], apiVersions: ["v1"], resources: [resource], operations: ["CREATE", "UPDATE"] };
}

/** The binding's content: the policy counts in the installation's namespace alone. */
export function bindingSpec({ name, namespace }: InstallationId): BindingSpec {
  return {
    policyName: nameOf(name),
    validationActions: ["Deny"],
    matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
  };
}
