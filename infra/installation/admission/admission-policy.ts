import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { clusterObjectNames, fieldManagers, labels, objectNames } from "#contract";
import { derive } from "../inputs.ts";
import { clusterMetadata, type InstallationId, type InstallationScope } from "../scope.ts";
import { accountRules, isPod } from "./account-rules.ts";
import { every, literal, some } from "./cel.ts";
import { closedObjectRules } from "./closed-objects.ts";
import { objectRules } from "./object-rules.ts";
import { podRules } from "./pod-rules.ts";
import { pullerRules } from "./puller-rules.ts";
import { type Guarded, guardedResources, type Rule } from "./rule.ts";
import { variables } from "./variables.ts";

type PolicySpec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;
type BindingSpec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec;
type PolicyName = "edgeAgentWorkloads" | "modulePods" | "moduleAccounts";

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
    ...declare("moduleAccounts", "module-accounts", derive(guarded, moduleAccountsPolicy)),
  ];
}

const nameOf = (name: PolicyName) => (installation: string) => clusterObjectNames(installation)[name];

/** What EdgeAgent's ServiceAccount may write and delete, of all that its Role lets it. */
export function workloadsPolicy(guarded: Guarded): PolicySpec {
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: Object.entries(guardedResources).map(([resource, group]) =>
        resourceRule(group, resource, ["CREATE", "UPDATE", "DELETE"]),
      ),
    },
    matchConditions: [{ name: "by-edgeagent", expression: isByEdgeAgent(guarded) }],
    variables,
    validations: validations([...objectRules(guarded), ...podRules(guarded), ...pullerRules(guarded)]),
  };
}

/**
 * What a module's pod may have of its installation when all who change pods on their way, such as injectors, have done so.
 * EdgeAgent's own pod, which iotedged makes, mounts settings; that no other runs as EdgeAgent, the other policy sees to.
 */
export function modulePodsPolicy(guarded: Guarded): PolicySpec {
  const { settings } = guarded;
  return {
    failurePolicy: "Fail",
    matchConstraints: { resourceRules: [resourceRule("", "pods", ["CREATE"])] },
    matchConditions: [{ name: "of-a-module", expression: isOfModule(guarded, [labels.module, labels.puller]) }],
    validations: validations(closedObjectRules(settings)),
  };
}

/**
 * Whom modules run as. A Deployment names an account, and no rule sees from that whose it is; one may also come later than
 * the Deployment. So each account of the namespace that EdgeAgent has not made is looked at, when the Deployment is written
 * and when its pods are made.
 */
export function moduleAccountsPolicy(guarded: Guarded): PolicySpec {
  return {
    failurePolicy: "Fail",
    paramKind: { apiVersion: "v1", kind: "ServiceAccount" },
    matchConstraints: {
      resourceRules: [
        resourceRule("", "pods", ["CREATE"]),
        resourceRule("apps", "deployments", ["CREATE", "UPDATE"]),
        resourceRule("batch", "jobs", ["CREATE", "UPDATE"]),
      ],
    },
    matchConditions: [
      {
        name: "of-a-module",
        expression: `${isPod} ? ${isOfModule(guarded, [labels.module])} : ${isByEdgeAgent(guarded)}`,
      },
    ],
    validations: validations(accountRules()),
  };
}

function isByEdgeAgent({ id }: Guarded): string {
  return `request.userInfo.username == 'system:serviceaccount:${id.namespace}:${objectNames.edgeAgent}'`;
}

/** Whether a pod has one of the labels, and is not EdgeAgent's own. */
function isOfModule({ id }: Guarded, marks: readonly string[]): string {
  const own = "dyn(object).metadata.labels";
  const account = "dyn(object).spec.serviceAccountName";
  return every([
    `has(${own})`,
    some(marks.map((label) => `${literal(label)} in ${own}`)),
    `${literal(labels.instance)} in ${own} && ${own}[${literal(labels.instance)}] == ${literal(id.name)}`,
    `!has(${account}) || ${account} != ${literal(objectNames.edgeAgent)}`,
  ]);
}

/** ServiceAccounts of the namespace that EdgeAgent has not made. */
const foreignAccounts: BindingSpec["paramRef"] = {
  selector: {
    matchExpressions: [{ key: labels.managedBy, operator: "NotIn", values: [fieldManagers.edgeAgent] }],
  },
  parameterNotFoundAction: "Allow",
};

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
    ...(policy === "moduleAccounts" ? { paramRef: foreignAccounts } : {}),
    validationActions: ["Deny"],
    matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
  };
}
