import { stripVTControlCharacters } from "node:util";
import { cleanLine as clean } from "../../terminal/index.ts";
import { describeOrigin } from "../model/objects.ts";
import type { FindingEntry, PowerLine, Report } from "../report/model.ts";
import { byRisk, leadingIn, worstIn } from "../report/one-risk.ts";
import {
  beforeText,
  evidenceText,
  howText,
  leadsText,
  memberList,
  permissionText,
  scopesText,
  scopeText,
  signOf,
  subjectText,
  titleOf,
} from "./wording.ts";

/** Colours of a terminal; each wraps a text. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const plain = (text: string) => text;
export const noColours: Palette = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain };

const code = (on: number, off: number) => (text: string) => `\u001b[${on}m${text}\u001b[${off}m`;
export const colours: Palette = {
  bold: code(1, 22),
  dim: code(2, 22),
  red: code(31, 39),
  green: code(32, 39),
  yellow: code(33, 39),
};

/** The report for people at a terminal: verdict first, then changes, then what is risky. */
export function toTerminal(report: Report, palette: Palette): string {
  const verdict = `RBAC: ${report.verdict.text}`;
  const colour =
    report.verdict.outcome === "nothing" ? palette.green : report.verdict.worst ? palette.red : palette.yellow;
  const sections = [
    [palette.bold(colour(verdict)), palette.dim(clean(titleOf(report)))],
    ...report.changes.map((change) => [
      palette.bold(clean(subjectText(change))),
      ...table([...change.gained, ...change.lost].map((line) => changeRow(line, palette))),
      ...(change.members.length > 1 ? [palette.dim(`  ${clean(memberList(change))}`)] : []),
    ]),
    section("Re-targeted bindings", report.retargeted, ({ binding, from, to, withoutAccess }) => [
      `  ~ ${clean(binding)}: ${clean(from)} -> ${clean(to)}`,
      palette.yellow(`    deleted and made anew; in between without access: ${clean(withoutAccess.join(", "))}`),
    ]),
    section("Roles that no binding here refers to", report.latent, ({ role, how, gained, lost }) => [
      `  ${clean(role)} is ${how}: ${clean([...gained.map((one) => `+${one}`), ...lost.map((one) => `-${one}`)].join(", "))}`,
    ]),
    section("Unresolved", report.unresolved, ({ object, path, detail, side }) => [
      palette.yellow(`  ${clean(object)} ${clean(path)} ${clean(detail)}${side === "head" ? "" : ` (${side})`}`),
    ]),
    section("Risks of this change", byRisk(newFindings(report)), (risk) => riskLines(risk, palette)),
    section(report.kind === "lint" ? "Risks" : "Risks that were there before", byRisk(oldFindings(report)), (risk) =>
      briefLines(risk, palette),
    ),
    section("Expired waivers", report.expiredWaivers, (waiver) => [palette.yellow(`  ${clean(waiver)}`)]),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function section<T>(title: string, items: readonly T[], lines: (item: T) => readonly string[]): string[] {
  return items.length === 0 ? [] : [title, ...items.flatMap(lines)];
}

const newFindings = ({ findings }: Report) => findings.filter(({ introduced }) => introduced);
const oldFindings = ({ findings }: Report) => findings.filter(({ introduced }) => !introduced);

function changeRow(line: PowerLine, palette: Palette): string[] {
  const sign = signOf(line);
  const colour = sign === "+" ? palette.green : palette.red;
  const how = howText(line);
  const what = `${permissionText(line)}${how === "" ? "" : ` (${how})`}`;
  return [colour(`  ${sign} ${clean(what)}`), clean(scopeText(line.scope)), palette.dim(clean(line.via.join("; ")))];
}

/** What rules say about the same permissions. */
type Risk = readonly [FindingEntry, ...FindingEntry[]];
/** So many rules are named where more say something about the same permissions. */
const named = 4;

function riskLines(risk: Risk, palette: Palette): string[] {
  const [finding] = risk;
  const { instances, why, fix } = finding;
  const place = describeOrigin(instances[0]?.origin ?? {});
  const [title = "", ...ways] = briefLines(risk, palette);
  return [
    title,
    palette.dim(`           ${clean(evidenceText(finding))}${place === "" ? "" : ` (${clean(place)})`}`),
    ...(beforeText(finding) === "" ? [] : [palette.dim(`           before: ${clean(beforeText(finding))}`)]),
    ...ways,
    `           ${clean(why)}`,
    `           ${palette.green("fix:")} ${clean(fix)}`,
  ].filter((line) => stripVTControlCharacters(line).trim() !== "");
}

/** What is found, and where it leads. */
function briefLines(risk: Risk, palette: Palette): string[] {
  const { about, instances, permissions, waiver, known } = risk[0];
  const severity = worstIn(risk);
  const bad = severity === "critical" || severity === "high";
  const label = (bad ? palette.red : palette.yellow)(severity.toUpperCase().padEnd(8));
  const count = instances.length > 1 ? ` (${instances.length} times)` : "";
  const where = permissions.length > 0 ? ` ${scopesText(risk[0])}` : "";
  const notes = [waiver && `waived by ${waiver.owner} until ${waiver.expires}`, known && "in the baseline"].filter(
    Boolean,
  );
  const titles = risk.slice(0, named).map(({ title }) => title);
  const rest = risk.length > named ? ` and ${risk.length - named} more (-o json has all)` : "";
  const way = leadsText(leadingIn(risk));
  return [
    `  ${label} ${clean(`${about}: ${titles.join(", ")}${rest}${where}${count}`)}${notes.length > 0 ? ` [${clean(notes.join(", "))}]` : ""}`,
    ...(way === "" ? [] : [palette.yellow(`           ${clean(way)}`)]),
  ];
}

/** A longer cell pushes only the rest of its own row to the right. */
const widest = 80;

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((column) =>
    Math.min(widest, Math.max(0, ...rows.map((row) => stripVTControlCharacters(row[column] ?? "").length))),
  );
  return rows.map((row) =>
    row
      .map(
        (cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - stripVTControlCharacters(cell).length)),
      )
      .join("  ")
      .trimEnd(),
  );
}
