import type { Change, PowerLine, Report } from "../report/model.ts";

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
