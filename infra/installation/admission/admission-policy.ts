import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { clusterObjectNames, labels, objectNames } from "#contract";
import { derive } from "../inputs.ts";
import { clusterMetadata, type InstallationId, type InstallationScope } from "../scope.ts";
import { every, literal } from "./cel.ts";
import { closedObjectRules } from "./closed-objects.ts";
import { objectRules } from "./object-rules.ts";
import { podRules } from "./pod-rules.ts";
import { pullerRules } from "./puller-rules.ts";
import { type Guarded, guardedResources, type Rule } from "./rule.ts";
import { variables } from "./variables.ts";

type PolicySpec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;
type BindingSpec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec;
type PolicyName = "edgeAgentWorkloads" | "modulePods";

/**
 * Declares what a Role cannot say: which workloads EdgeAgent may make. Whoever has EdgeAgent's token could otherwise run
 * pods as anybody in the namespace and with everything that is there, the workload CA's key first of all.
 */
export function declareAdmissionPolicy(
  scope: InstallationScope,
  given: pulumi.Input<Guarded["settings"]>,
): readonly pulumi.Resource[] {
  const guarded = { id: scope.id, settings: given };
  const declare = (name: PolicyName, suffix: string, spec: pulumi.Input<PolicySpec>) => {
    const resourceName = `${scope.resourceName}-${suffix}`;
    const metadata = clusterMetadata(scope, "edgeagent", nameOf(name));
    const binding = derive(scope.id, (id) => bindingSpec(id, name));
    return [
      new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(resourceName, { metadata, spec }, scope.children),
      new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        resourceName,
        { metadata, spec: binding },
        scope.children,
      ),
    ];
  };
  return [
    ...declare("edgeAgentWorkloads", "edgeagent-workloads", derive(guarded, workloadsPolicy)),
    ...declare("modulePods", "module-pods", derive(guarded, modulePodsPolicy)),
  ];
}

const nameOf = (name: PolicyName) => (installation: string) => clusterObjectNames(installation)[name];

/** What EdgeAgent's ServiceAccount may write and delete, of all that its Role lets it. */
export function workloadsPolicy(guarded: Guarded): PolicySpec {
  const user = `system:serviceaccount:${guarded.id.namespace}:${objectNames.edgeAgent}`;
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: Object.entries(guardedResources).map(([resource, group]) =>
        resourceRule(group, resource, ["CREATE", "UPDATE", "DELETE"]),
      ),
    },
    matchConditions: [{ name: "by-edgeagent", expression: `request.userInfo.username == '${user}'` }],
    variables,
    validations: validations([...objectRules(guarded), ...podRules(guarded), ...pullerRules(guarded)]),
  };
}

/**
 * What a module's pod may have of its installation when all who change pods on their way, such as injectors, have done so.
 * EdgeAgent's own pod, which iotedged makes, mounts settings; that no other runs as EdgeAgent, the other policy sees to.
 */
export function modulePodsPolicy({ id, settings }: Guarded): PolicySpec {
  const own = "object.metadata.labels";
  const isOfModule = every([
    `has(${own})`,
    `${literal(labels.module)} in ${own}`,
    `${literal(labels.instance)} in ${own} && ${own}[${literal(labels.instance)}] == ${literal(id.name)}`,
    `!has(object.spec.serviceAccountName) || object.spec.serviceAccountName != ${literal(objectNames.edgeAgent)}`,
  ]);
  return {
    failurePolicy: "Fail",
    matchConstraints: { resourceRules: [resourceRule("", "pods", ["CREATE"])] },
    matchConditions: [{ name: "of-a-module", expression: isOfModule }],
    validations: validations(closedObjectRules(settings)),
  };
}

function validations(rules: readonly Rule[]) {
  return rules.map(({ expression, message }) => ({ expression, message }));
}

function resourceRule(group: string, resource: string, operations: readonly string[]) {
  return { apiGroups: [group], apiVersions: ["v1"], resources: [resource], operations: [...operations] };
}

/** The binding's content: the policy counts in the installation's namespace alone. */
export function bindingSpec({ name, namespace }: InstallationId, policy: PolicyName): BindingSpec {
  return {
    policyName: nameOf(policy)(name),
    validationActions: ["Deny"],
    matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
  };
}
