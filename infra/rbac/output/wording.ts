import type { Change, FindingEntry, PowerLine, Report } from "../report/model.ts";

/** Sign of a line: gained, lost, or a part of something that was or stays there. */
export function signOf({ how }: PowerLine): "+" | "-" {
  return how === "new" || how === "widened" ? "+" : "-";
}

/** `everywhere`, `in edge-a`. */
export const scopeText = (scope: string) => (scope === "*" ? "everywhere" : `in ${scope}`);

/** `get, list secrets`; a lone wildcard is spelled out. */
export function permissionText({ verbs, target }: PowerLine): string {
  return `${verbs.includes("*") ? "all verbs" : verbs.join(", ")} on ${target}`;
}

/** `widened`, `narrowed`, or nothing where the line is simply new or gone. */
export const howText = ({ how }: PowerLine) => (how === "widened" || how === "narrowed" ? how : "");

/** Whom an entry is about, with how many more. */
export function subjectText({ subject, members }: Change): string {
  return members.length === 1 ? subject : `${subject} (${members.length} times)`;
}

/** Which members an entry stands for, when it is more than one. */
export function memberList({ members }: Pick<Change, "members">, limit = 20): string {
  const clusters = new Set(members.map(({ cluster }) => cluster)).size;
  const names = members.map(({ cluster, subject }) => (clusters > 1 ? `${cluster}: ${subject}` : subject));
  const rest = names.length - limit;
  return rest > 0 ? `${names.slice(0, limit).join(", ")} and ${rest} more (-o json has all)` : names.join(", ");
}

/** Where a finding counts. */
export function scopesText(finding: FindingEntry, limit = 20): string {
  const { scope, scopes } = finding;
  if (scopes.length <= 1) return scopeText(scopes[0] ?? scope);
  const namespaces = scopes.filter((one) => one !== "*");
  const rest = namespaces.length - limit;
  const named = namespaces.slice(0, limit).join(", ");
  const list = rest > 0 ? `in ${named} and ${rest} more (-o json has all)` : `in ${named}`;
  return scopes.includes("*") ? `everywhere and ${list}` : list;
}

/**
 * The permissions of a finding, verbs of one target together: `get, list secrets; create pods/exec`.
 *
 * @param limit how many targets are named
 */
export function evidenceText({ permissions }: FindingEntry, limit = 6): string {
  const verbs = Map.groupBy(permissions, (permission) => permission.slice(permission.indexOf(" ") + 1));
  const parts = [...verbs].map(([target, list]) => {
    const names = list.map((permission) => permission.slice(0, permission.indexOf(" ")));
    return `${names.includes("*") ? "all verbs on" : names.join(", ")} ${target}`;
  });
  const rest = parts.length - limit;
  return rest > 0 ? `${parts.slice(0, limit).join("; ")} and ${rest} more (-o json has all)` : parts.join("; ");
}

/** What the permissions of an introduced finding are to what was there: empty for new ones. */
export function beforeText(finding: FindingEntry): string {
  const { earlier, leadsFurther } = finding;
  if (leadsFurther) return "the same, but it leads further now";
  return evidenceText({ ...finding, permissions: earlier });
}

/** `interns -> create jobs in ci -> ServiceAccount ci/deployer -> cluster-admin`; empty where it leads nowhere. */
export function reachText(finding: FindingEntry): string {
  const { reach } = finding;
  const steps = reach?.steps.flatMap(({ by, to }) => [by, to]).filter((text) => text !== "") ?? [];
  return reach === null ? "" : [finding.about, ...steps, reach.power].join(" -> ");
}

/** How far a permission leads, and where that is not known; empty where it leads nowhere. */
export function leadsText(finding: FindingEntry): string {
  const { reach, unknown } = finding;
  const way = reach === null ? [] : [`leads to ${reach.power}: ${reachText(finding)}`];
  const end = unknown === null ? [] : [`not known how far it leads: ${unknown}`];
  return [...way, ...end].join("; ");
}

export const titleOf = ({ kind, base, head }: Report) => (kind === "lint" ? head : `${base} -> ${head}`);
