import type { PowerLine, Report } from "../../report/model.ts";
import { plural } from "../../report/verdict.ts";
import { howText, permissionText, scopeText, signOf, subjectText } from "../wording.ts";
import { code, fold, text } from "./escape.ts";
import { nameSome } from "./subjects.ts";

/** What changes, told in one row for all subjects of the same bindings. */
interface Row {
  readonly line: PowerLine;
  readonly subjects: readonly string[];
}

/** Up to this many rows are short enough to be shown at once, where there is no risk to be read first. */
const few = 10;

/** Every permission that changes, as a table. */
export function changes(report: Report): string {
  const rows = rowsOf(report);
  if (rows.length === 0) return "";
  const table = [
    "| | who | where | permission | via |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(({ line, subjects }) => {
      const how = howText(line);
      const what = `${code(permissionText(line))}${how === "" ? "" : ` (${how})`}`;
      const who = nameSome(subjects, line.via.join("; "));
      return `| ${signOf(line)} | ${who} | ${text(scopeText(line.scope))} | ${what} | ${text(line.via.join("; "))} |`;
    }),
  ];
  const risky = report.findings.some(({ introduced }) => introduced);
  return fold(`All changes (${plural(rows.length, "row")})`, table, !risky && rows.length <= few);
}

function rowsOf({ changes }: Report): Row[] {
  const lines = changes.flatMap((change) =>
    [...change.gained, ...change.lost].map((line) => ({ line, subject: subjectText(change) })),
  );
  const same = Map.groupBy(lines, ({ line: { how, scope, target, verbs, via } }) =>
    JSON.stringify([how, scope, target, verbs, via]),
  );
  return [...same.values()].map((list) => {
    const [first] = list as [(typeof lines)[number], ...typeof lines];
    return { line: first.line, subjects: list.map(({ subject }) => subject) };
  });
}
