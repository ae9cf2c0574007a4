import { checks } from "../infra/rbac/risk/checks.ts";
import { kubernetesAreas, packRules, permissionRules, type RuleArea } from "../infra/rbac/risk/permission-rules.ts";
import { attackPage, attackTechniques, cisControls } from "../infra/rbac/risk/references.ts";
import type { PermissionRule, RiskyGrant, RuleText } from "../infra/rbac/risk/rule.ts";

/** docs/rbac-rules.md: every rule of `edgectl rbac`, from the rules themselves. */
export function rbacRulesPage(): string {
  return [
    ...introduction(),
    "## Permissions",
    "",
    ...kubernetesAreas.flatMap(section),
    "## Custom resources",
    "",
    "Grants on custom resources that lead further, with the page of the project that says so. A group `*` is found by the",
    "rules above, which are worse.",
    "",
    ...packs().flatMap(section),
    "## States",
    "",
    "| rule | why | instead | references |",
    "| --- | --- | --- | --- |",
    ...checks.map((check) => `| ${idAndTitle(check)} | ${check.why} | ${check.fix} | ${references(check)} |`),
    "",
    ...catalogue(),
  ].join("\n");
}

function introduction(): string[] {
  const names = permissionRules.flatMap(({ id, sensitiveNames = [] }) =>
    sensitiveNames.map((name) => `\`${name}\` (${id})`),
  );
  return [
    "# RBAC rules",
    "",
    "What `edgectl rbac diff`, `edgectl rbac lint` and the policy pack look for: the ways from one permission of Kubernetes",
    "1.36 to more of them. Each rule names the controls of the CIS Kubernetes Benchmark 1.12 and the techniques of MITRE",
    "ATT&CK 18 (matrix Containers) that it is about, where there is one. Rules can be switched off, weighed otherwise and",
    "added: [rules of your own](rbac-diff.md#rules-of-your-own). An id is never given to another rule.",
    "",
    "- A list of `resourceNames` makes a finding one step less severe. These names are as much as all, and narrow nothing:",
    `  ${names.join(", ")}.`,
    "- A group of everyone (`system:authenticated`, `system:unauthenticated`, `system:serviceaccounts`) makes it one step",
    "  more severe.",
    "- A wildcard of resources is found by `wildcard` and by what is worse in it or leads further; the rest is left out.",
    "- What the API server grants by itself is not judged; what somebody changes about it is.",
    "- In `kube-system`, `kube-public`, `kube-node-lease` and OpenShift's own namespaces, what counts in a namespace counts",
    `  as if it were everywhere${controlPlaneRules()}.`,
    "- The tables say how bad a permission is by itself. Where it [leads](rbac-diff.md#where-permissions-lead) to somebody who",
    "  may do worse, it is as bad as that. Rules that may lead further:",
    `  ${leadingRules()}.`,
    "",
  ];
}

function packs(): RuleArea[] {
  const groups = Map.groupBy(packRules, ({ pack = "" }) => pack);
  return [...groups].map(([title, rules]) => ({ title, rules }));
}

function section({ title, rules }: RuleArea): string[] {
  return [
    `### ${title}`,
    "",
    "| rule | finds | in the cluster | in a namespace | why | instead | references |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rules.map(row),
    "",
  ];
}

function row(rule: PermissionRule): string {
  const named = rule.sensitiveNamespaces?.join(", ");
  const namespaced = rule.namespaced ?? (named === undefined ? "none" : `${rule.severity} in ${named}`);
  const cells = [idAndTitle(rule), finds(rule), rule.severity, namespaced, rule.why, rule.fix, references(rule)];
  return `| ${cells.join(" | ")} |`;
}

/** Where that differs from the cluster's severity. */
function controlPlaneRules(): string {
  const others = permissionRules.flatMap(({ id, controlPlane }) =>
    controlPlane === undefined ? [] : `\`${id}\` ${controlPlane}`,
  );
  return others.length === 0 ? "" : `, and ${others.join(", ")}`;
}

function leadingRules(): string {
  return permissionRules
    .filter(({ leadsTo }) => leadsTo !== undefined)
    .map(({ id }) => `\`${id}\``)
    .join(", ");
}

const idAndTitle = ({ id, title, source }: RuleText) => `\`${id}\`: [${title}](${source})`;

function finds({ grants = [] }: PermissionRule): string {
  const lines = grants.map((grant) =>
    "nonResourceURLs" in grant
      ? `\`${grant.verbs.join(", ")}\` on \`${grant.nonResourceURLs.join(", ")}\``
      : grantText(grant),
  );
  return lines.length === 0 ? "the form of the permission" : lines.join("; ");
}

function grantText({ verbs, apiGroups, resources }: RiskyGrant): string {
  const full = apiGroups.flatMap((group) =>
    resources.map((resource) => {
      const [kind = "", ...sub] = resource.split("/");
      if (group === "") return resource;
      return group === "*" ? "any resource" : [`${kind}.${group}`, ...sub].join("/");
    }),
  );
  return `\`${verbs.join(", ")}\` on \`${full.join(", ")}\``;
}

function references({ cis = [], mitre = [] }: RuleText): string {
  const controls = cis.map((control) => `CIS ${control}`);
  const techniques = mitre.map((technique) => `[${technique}](${attackPage(technique)})`);
  return [...controls, ...techniques].join(", ");
}

function catalogue(): string[] {
  const used = (key: "cis" | "mitre", id: string) =>
    [...permissionRules, ...checks].filter((rule) => rule[key]?.includes(id)).map((rule) => `\`${rule.id}\``);
  const lines = (key: "cis" | "mitre", names: Readonly<Record<string, string>>) =>
    Object.entries(names)
      .map(([id, name]) => ({ id, name, rules: used(key, id) }))
      .filter(({ rules }) => rules.length > 0)
      .map(({ id, name, rules }) => `| ${id} | ${name} | ${rules.join(", ")} |`);
  return [
    "## By reference",
    "",
    "| CIS | control | rules |",
    "| --- | --- | --- |",
    ...lines("cis", cisControls),
    "",
    "| ATT&CK | technique | rules |",
    "| --- | --- | --- |",
    ...lines("mitre", attackTechniques),
    "",
  ];
}
