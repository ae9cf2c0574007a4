import {
  claimDeletionRules,
  claimRules,
  clusterObjectNames,
  edgeAgentElectionRules,
  edgeAgentRules,
  iotedgedRules,
  jobRules,
  moduleRestartRules,
  nodeObserverRules,
  type PolicyRule,
  podLogRules,
  registryCredentialRules,
  supportBundleRules,
  tokenReviewerRules,
} from "#contract";

const names = clusterObjectNames("{name}");

/** docs/permissions.md: who may do what, from the same data that the Roles are made of. */
export function permissionsPage(): string {
  return [
    "# Permissions",
    "",
    "These tables are generated from `contract/permissions.ts`, which the Pulumi program grants, the daemons check at",
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
    "EdgeAgent has no right outside its namespace. What a Role cannot say is with which identity it may let pods run:",
    `with \`edgeAgent.admissionPolicy: true\` the cluster-wide ValidatingAdmissionPolicy \`${names.edgeAgentWorkloads}\` makes`,
    "the API server refuse what EdgeAgent's ServiceAccount writes unless it runs as the ServiceAccount of its own name, as",
    "neither iotedged, EdgeAgent nor `default`, and with no token but the one for iotedged.",
    "",
    "## In the cluster",
    "",
    `### ClusterRoleBinding \`${names.authDelegator}\``,
    "",
    "With `tokenReview: delegator` (the default) it binds the built-in ClusterRole `system:auth-delegator`, which grants",
    "`create` on `tokenreviews` and on `subjectaccessreviews`. With `tokenReview: minimal` it binds the ClusterRole",
    `\`${names.tokenReviewer}\` of the installation:`,
    "",
    table(tokenReviewerRules),
    `### ClusterRole \`${names.nodeObserverRole}\` and ClusterRoleBinding \`${names.nodeObserverBinding}\``,
    "",
    "Only with `nodeObserver: true`. Without it, system info names no nodes, and nothing else changes.",
    "",
    table(nodeObserverRules),
  ].join("\n");
}

function table(rules: readonly PolicyRule[]): string {
  const rows = rules.map(({ apiGroups, resources, resourceNames = [], verbs }) => {
    const groups = apiGroups.map((group) => (group === "" ? "core" : group)).join(", ");
    return `| ${groups} | ${resources.join(", ")} | ${resourceNames.join(", ") || "all"} | ${verbs.join(", ")} |`;
  });
  return ["| API group | resources | names | verbs |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}
