import { readFileSync } from "node:fs";
import {
  claimDeletionRules,
  claimRules,
  clusterObjectNames,
  defaultModuleSettings,
  edgeAgentElectionRules,
  edgeAgentRules,
  iotedgedRules,
  jobRules,
  moduleJobRules,
  moduleRestartRules,
  nodeObserverRules,
  type PolicyRule,
  podLogRules,
  registryCredentialRules,
  supportBundleRules,
  tokenReviewerRules,
} from "#contract";
import { accountRules } from "../infra/installation/admission/account-rules.ts";
import { closedObjectRules } from "../infra/installation/admission/closed-objects.ts";
import { objectRules } from "../infra/installation/admission/object-rules.ts";
import { podRules } from "../infra/installation/admission/pod-rules.ts";
import { pullerRules } from "../infra/installation/admission/puller-rules.ts";
import type { Guarded } from "../infra/installation/admission/rule.ts";

const names = clusterObjectNames("{name}");

/** docs/permissions.md: who may do what, from the same data that the Roles are made of. */
export function permissionsPage(): string {
  return [
    "# Permissions",
    "",
    "These tables are generated from `runtime/contract/permissions.ts`, which the Pulumi program grants, the daemons check at",
    "start, and the end-to-end tests compare with the API server's audit log: every verb here was seen used, and no",
    "request was refused. `{name}` is the installation's name.",
    "",
    "Modules have a ServiceAccount each and no Role: they may do nothing. No ServiceAccount of an installation may read",
    "a Secret that it has not written itself.",
    "",
    "## In the namespace",
    "",
    "### Role `iotedged`, bound to ServiceAccount `iotedged`",
    "",
    table(iotedgedRules),
    "With `edgeAgent.jobs` (the default), to tell of modules that run as Jobs:",
    "",
    table(moduleJobRules),
    "Only with `iotedged.moduleLogs` or `iotedged.supportBundle`:",
    "",
    table(podLogRules),
    "Only with `iotedged.moduleRestart`:",
    "",
    table(moduleRestartRules),
    "Only with `iotedged.supportBundle`:",
    "",
    table(supportBundleRules),
    "### Role `edgeagent`, bound to ServiceAccount `edgeagent`",
    "",
    table(edgeAgentRules),
    "Not the right on `edgeagent-deployment` where the installation is [connected to IoT Hub](iot-hub.md), which has its manifest.",
    "",
    "Only with `edgeAgent.replicas` above 1, to elect the one that works:",
    "",
    table(edgeAgentElectionRules),
    "With `edgeAgent.jobs` (the default), for modules that run to their end:",
    "",
    table(jobRules),
    "Only with `edgeAgent.volumes.create`, for modules' named volumes:",
    "",
    table(claimRules),
    "Only with `edgeAgent.volumes.deletion: delete` beside it:",
    "",
    table(claimDeletionRules),
    "Only with `edgeAgent.registryCredentials`:",
    "",
    table(registryCredentialRules),
    "EdgeAgent has no right outside its namespace. Its Role says which kinds of objects it may write; what may be in them, the",
    "[admission policies](#admission-policies) say.",
    "",
    "## In the cluster",
    "",
    `### ClusterRoleBinding \`${names.authDelegator}\` or \`${names.tokenReviewer}\``,
    "",
    "With `tokenReview: delegator` (the default) the first binds the built-in ClusterRole `system:auth-delegator`, which",
    "grants `create` on `tokenreviews` and on `subjectaccessreviews`. With `tokenReview: minimal` the second binds the",
    "ClusterRole of its own name, which belongs to the installation. A change from one to the other makes the new binding",
    "before it deletes the old one, so iotedged can review tokens all the time.",
    "",
    table(tokenReviewerRules),
    `### ClusterRole \`${names.nodeObserverRole}\` and ClusterRoleBinding \`${names.nodeObserverBinding}\``,
    "",
    "Only with `nodeObserver: true`. Without it, system info names no nodes, and nothing else changes.",
    "",
    table(nodeObserverRules),
    ...admissionPolicies(),
  ].join("\n");
}

/** What the ValidatingAdmissionPolicies check, and what the golden table of their test says remains. */
function admissionPolicies(): readonly string[] {
  const guarded = { id: { name: "{name}", namespace: "{namespace}" }, settings: sampleSettings };
  const list = (rules: readonly { readonly message: string }[]) => rules.map(({ message }) => `- ${message}`);
  return [
    "## Admission policies",
    "",
    "A Role lets EdgeAgent write Deployments, and so pods that have whatever the namespace has. Three cluster-wide",
    "ValidatingAdmissionPolicies, which are there unless `edgeAgent.admissionPolicy` is `false`, say what these may be. Each has a",
    "binding of its own name, counts in the installation's namespace alone, and refuses when it cannot be evaluated.",
    "",
    `\`${names.edgeAgentWorkloads}\` refuses what ServiceAccount \`edgeagent\` writes or deletes, unless:`,
    "",
    ...list([...objectRules(guarded), ...podRules(guarded), ...pullerRules(guarded)]),
    "",
    `\`${names.modulePods}\` looks at pods of modules, and at those that fetch images, when they are made, whoever makes them:`,
    "what injectors add by order of an annotation is in them by then. It refuses them unless:",
    "",
    ...list(closedObjectRules(sampleSettings)),
    "",
    `\`${names.moduleAccounts}\` looks at modules' Deployments and Jobs when EdgeAgent writes them, and at their pods when they are`,
    "made: a ServiceAccount can be there later than the Deployment that names it. It holds them against each ServiceAccount of",
    "the namespace without EdgeAgent's label `app.kubernetes.io/managed-by`, which EdgeAgent cannot give to one of others:",
    "",
    ...list(accountRules()),
    "",
    "What others have written into an object (labels, annotations, fields, finalizers) EdgeAgent may leave there. A webhook that changes what",
    "EdgeAgent writes while it writes it, such as one that adds labels to pod templates or replaces the registry of images, is",
    "refused as EdgeAgent would be: let it change Pods instead, or leave the namespace out.",
    "",
    "### What remains possible with EdgeAgent's token",
    "",
    "The whole list of what a test tries with this token, without and with the policies, and what the API server answers, is in",
    "[edgeagent-token.md](../test/integration/edge-agent-admission/golden/edgeagent-token.md). These remain:",
    "",
    ...remaining().map((what) => `- ${what}`),
    "- what the policies do not look at: ConfigMap `edgeagent-status`, Lease `edgeagent`, and Events of the namespace",
    "- reading: the deployment manifest, and the modules' Deployments, Jobs, Services, ServiceAccounts and pods",
    "",
    "What that is worth to an attacker, and what the policies do not promise: [Threat model](security.md).",
    "",
    "### Who may deploy them",
    "",
    "Whoever deploys an installation needs `get`, `list`, `patch`, `create` and `delete` (with Pulumi also `update` and `watch`) on",
    "`validatingadmissionpolicies` and `validatingadmissionpolicybindings` of `admissionregistration.k8s.io`, beside the rights",
    "on the kinds above; an administrator of the cluster has them, one of a namespace has not. Since one of the policies looks at",
    "ServiceAccounts, the API server asks of whoever makes it for `get` on `serviceaccounts` of all namespaces. Kubernetes must be",
    "1.30 or newer.",
    "Without the right, turn the policies off and say why; the reason stands on ServiceAccount `edgeagent`:",
    "",
    "```yaml",
    "edgeAgent:",
    "  admissionPolicy: false",
    "  admissionPolicyOffBecause: the platform team makes policies, ticket 4711",
    "```",
    "",
    "Where somebody else may deploy them, `edgectl render` prints them for that somebody while they are on.",
    "",
  ];
}

const sampleSettings: Guarded["settings"] = {
  imagePullSecrets: [],
  logLevel: "info",
  modules: defaultModuleSettings,
  proxy: { image: "", imagePullPolicy: "IfNotPresent", resources: {} },
};

const golden = new URL("../test/integration/edge-agent-admission/golden/edgeagent-token.md", import.meta.url);

/** What the table says is taken, Jobs apart, which are as Deployments. */
function remaining(): readonly string[] {
  const rows = readFileSync(golden, "utf8").split("\n");
  return rows.flatMap((row) => {
    const [, what = "", , answer] = row.split(" | ").join("|").split("|");
    return answer?.trim() === "taken" && !what.trim().startsWith("Job: ") ? [what.trim()] : [];
  });
}

function table(rules: readonly PolicyRule[]): string {
  const rows = rules.map(({ apiGroups, resources, resourceNames = [], verbs }) => {
    const groups = apiGroups.map((group) => (group === "" ? "core" : group)).join(", ");
    return `| ${groups} | ${resources.join(", ")} | ${resourceNames.join(", ") || "all"} | ${verbs.join(", ")} |`;
  });
  return ["| API group | resources | names | verbs |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}
