import { checks } from "../infra/rbac/risk/checks.ts";
import { permissionRules } from "../infra/rbac/risk/permission-rules.ts";
import type { PermissionRule, RuleText } from "../infra/rbac/risk/rule.ts";

/** docs/rbac-rules.md: every rule of `edgectl rbac`, from the rules themselves. */
export function rbacRulesPage(): string {
  const rows = permissionRules.map((rule) => {
    const named = rule.sensitiveNamespaces?.join(", ");
    const namespaced = rule.namespaced ?? (named === undefined ? "none" : `${rule.severity} in ${named}`);
    return `| ${idAndTitle(rule)} | ${rule.severity} | ${namespaced} | ${rule.why} | ${rule.fix} |`;
  });
  return [
    "# RBAC rules",
    "",
    "What `edgectl rbac diff`, `edgectl rbac lint` and the policy pack look for. A list of `resourceNames` makes a finding",
    "one step less severe; a group of everyone (`system:authenticated`, `system:unauthenticated`, `system:serviceaccounts`)",
    "one step more. What the API server grants by itself is not judged; what somebody changes about it is. These names are",
    `as much as all, and narrow nothing: ${permissionRules.flatMap(namesOf).join(", ")}.`,
    "",
    "In `kube-system`, `kube-public`, `kube-node-lease` and OpenShift's own namespaces, what counts in a namespace counts as",
    `if it were everywhere${controlPlaneRules()}.`,
    "",
    "The table says how bad a permission is by itself. Where it [leads](rbac-diff.md#where-permissions-lead) to somebody who",
    "may do worse, it is as bad as that. Rules that may lead further:",
    `${permissionRules
      .filter(({ leadsTo }) => leadsTo !== undefined)
      .map(({ id }) => `\`${id}\``)
      .join(", ")}.`,
    "",
    "## Permissions",
    "",
    "| rule | in the cluster | in a namespace | why | instead |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
    "## States",
    "",
    "| rule | why | instead |",
    "| --- | --- | --- |",
    ...checks.map((check) => `| ${idAndTitle(check)} | ${check.why} | ${check.fix} |`),
    "",
  ].join("\n");
}

/** Where that differs from the cluster's severity. */
function controlPlaneRules(): string {
  const others = permissionRules.flatMap(({ id, controlPlane }) =>
    controlPlane === undefined ? [] : `\`${id}\` ${controlPlane}`,
  );
  return others.length === 0 ? "" : `, and ${others.join(", ")}`;
}

const namesOf = ({ id, sensitiveNames = [] }: PermissionRule) => sensitiveNames.map((name) => `\`${name}\` (${id})`);
const idAndTitle = ({ id, title, source }: RuleText) => `\`${id}\`: [${title}](${source})`;
