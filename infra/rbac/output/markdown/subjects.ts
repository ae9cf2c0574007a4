import type { Report } from "../../report/model.ts";
import { memberList } from "../wording.ts";
import { fold, text } from "./escape.ts";

/** How many subjects are named where they are not the matter. */
const some = 5;
/** How many stand on one line of the list of all. */
const perLine = 10;

/**
 * A few subjects, and how many more there are.
 *
 * @param via by which all of them get something; the list of all is found by it
 */
export function nameSome(subjects: readonly string[], via: string): string {
  const rest = subjects.length - some;
  // One more name is no longer than to say that there is one.
  if (rest <= 1) return subjects.map((one) => text(one)).join(", ");
  const binding = text(via.split(" -> ")[0] ?? "");
  return `${subjects
    .slice(0, some)
    .map((one) => text(one))
    .join(", ")} and ${rest} more (see below: ${binding})`;
}

/** All subjects of bindings that have too many to be named above, and whom an entry for several stands for. */
export function subjectLists(report: Report): string {
  const lists = [...subjectsByVia(report)].filter(([, subjects]) => subjects.length - some > 1);
  const ofBindings = lists.flatMap(([via, subjects]) => [
    `${text(via.split(" -> ")[0] ?? "")}: ${subjects.length} subjects`,
    "",
    ...inLines(subjects.map((one) => text(one))),
    "",
  ]);
  const entries = [
    ...report.changes.map(({ subject, members }) => ({ subject, members })),
    ...report.findings.map(({ about, instances }) => ({
      subject: about,
      members: instances.map((one) => ({ cluster: one.cluster, subject: one.about })),
    })),
  ].filter(({ members }) => members.length > 1);
  const ofEntries = new Set(
    entries.map((entry) => `- ${text(entry.subject)}: ${text(memberList(entry), Number.POSITIVE_INFINITY)}`),
  );
  const lines = [...ofEntries, ...(ofEntries.size > 0 ? [""] : []), ...ofBindings];
  return lines.length === 0 ? "" : fold("Who exactly", lines.slice(0, -1));
}

function inLines(names: readonly string[]): string[] {
  const count = Math.ceil(names.length / perLine);
  return Array.from(
    { length: count },
    (_, line) => `- ${names.slice(line * perLine, (line + 1) * perLine).join(", ")}`,
  );
}

function subjectsByVia({ changes, findings, kind }: Report): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const add = (via: readonly string[], subject: string) => {
    const key = via.join("; ");
    if (key !== "") found.set(key, (found.get(key) ?? new Set()).add(subject));
  };
  for (const change of changes) for (const line of [...change.gained, ...change.lost]) add(line.via, change.subject);
  for (const { via, about, introduced } of findings) if (introduced || kind === "lint") add(via, about);
  return new Map([...found].map(([via, subjects]) => [via, [...subjects]]));
}
