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
  return rest > 0 ? `${names.slice(0, limit).join(", ")} and ${rest} more` : names.join(", ");
}

export const titleOf = ({ kind, base, head }: Report) => (kind === "lint" ? head : `${base} -> ${head}`);

/** `in edge-a`, `in edge-a, edge-b`, `everywhere`: all scopes of a finding. */
export function scopesText({ scopes }: Pick<FindingEntry, "scopes">, limit = 20): string {
  const places = scopes.filter((scope) => scope !== "*");
  const rest = places.length - limit;
  const list = places.slice(0, limit).join(", ");
  const namespaces = rest > 0 ? `in ${list} and ${rest} more` : `in ${list}`;
  if (places.length === 0) return scopeText("*");
  return places.length < scopes.length ? `everywhere and ${namespaces}` : namespaces;
}

/** `Group interns -> create jobs.batch in ci -> ServiceAccount ci/deployer -> cluster-admin`; empty: it leads nowhere. */
export function reachText({ about, reach }: Pick<FindingEntry, "about" | "reach">): string {
  if (reach === null) return "";
  const steps = reach.steps.flatMap(({ by, to }) => [by, to]).filter((text) => text !== "");
  return [about, ...steps, reach.power].join(" -> ");
}

/** What the permissions of an introduced finding are to what was there: nothing for new ones. */
export function beforeText({ earlier, leadsFurther }: Pick<FindingEntry, "earlier" | "leadsFurther">): string {
  if (leadsFurther) return "the same, but it leads further now";
  const rest = earlier.length - 6;
  return `${earlier.slice(0, 6).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
