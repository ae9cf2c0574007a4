import { describeOrigin } from "../model/objects.ts";
import type { Change, FindingEntry, Report } from "../report/model.ts";
import { plural } from "../report/verdict.ts";
import {
  beforeText,
  howText,
  memberList,
  permissionText,
  reachText,
  scopesText,
  scopeText,
  signOf,
  subjectText,
  titleOf,
} from "./wording.ts";

/** Comments of GitHub and GitLab may have 65 536 and 1 000 000 characters. */
const defaultLimit = 60_000;

export interface MarkdownOptions {
  /**
   * Name in the hidden marker, by which a pipeline finds its comment of an earlier run.
   * @default the title of the head
   */
  readonly marker?: string;
  /** Longest text in characters; details are left out to keep it, the summary never is. @default 60000 */
  readonly limit?: number;
}

/** First line of the comment of one stack: what to look for when updating it in place. */
export function markerOf(name: string): string {
  return `<!-- edgectl-rbac:${name.replace(/[^\w./-]/g, "_").replaceAll("--", "__")} -->`;
}

/** The report as a comment of a pull request: verdict first, risks next, all changes in a table, details folded. */
export function toMarkdown(report: Report, { marker, limit = defaultLimit }: MarkdownOptions = {}): string {
  const head = [
    markerOf(marker ?? report.head),
    `### ${icon(report)} RBAC: ${report.verdict.text}`,
    "",
    `${text(titleOf(report))}`,
  ];
  const parts = [
    risks(report),
    gaps(report),
    unresolved(report),
    changes(report),
    latent(report),
    before(report),
    expired(report),
  ].filter((part) => part !== "");
  let result = `${head.join("\n")}\n`;
  for (const part of parts) {
    const room = limit - result.length - noteLength;
    result += `\n${shorten(part, room)}\n`;
    if (part.length > room) break;
  }
  return result;
}

/** Longest note about what was left out. */
const noteLength = 200;

/** As many lines of a section as there is room for. Sections come by weight, and so do the rows in them. */
function shorten(part: string, room: number): string {
  if (part.length <= room) return part;
  const lines = part.split("\n");
  let length = 0;
  const kept = lines.filter((line) => {
    length += line.length + 1;
    return length <= room;
  });
  const closing = part.includes("<details") ? "\n\n</details>" : "";
  const left = plural(lines.length - kept.length, "line");
  return `${kept.join("\n")}${closing}\n\n_${left} and all that follows left out; the JSON report has them._`;
}

function icon({ verdict }: Report): string {
  if (verdict.outcome === "nothing") return "✅";
  if (verdict.outcome === "over-threshold" || verdict.worst === "critical" || verdict.worst === "high") return "🛑";
  return "⚠️";
}

function risks(report: Report): string {
  const findings = report.findings.filter(({ introduced }) => introduced || report.kind === "lint");
  if (findings.length === 0) return "";
  return [
    report.kind === "lint" ? "**Risks**" : "**Risks of this change**",
    "",
    "| severity | who | risk | declared in |",
    "| --- | --- | --- | --- |",
    ...findings.map(riskRow),
  ].join("\n");
}

function riskRow(finding: FindingEntry) {
  const { severity, about, title, why, fix, source, permissions, instances, waiver, known } = finding;
  const count = instances.length > 1 ? ` (${instances.length} times)` : "";
  const what =
    permissions.length > 0 ? ` ${text(scopesText(finding))}: ${code(permissions.slice(0, 6).join(", "))}` : "";
  const before = beforeText(finding);
  const context = before === "" ? "" : ` (before: ${text(before)})`;
  const way = labelled("Leads to", reachText(finding)) + labelled("Unknown", finding.unknown ?? "");
  const note = waiver
    ? ` _Waived by ${text(waiver.owner)} until ${waiver.expires}: ${text(waiver.reason)}_`
    : known
      ? " _In the baseline._"
      : "";
  const strong = severity === "critical" || severity === "high" ? `**${severity.toUpperCase()}**` : severity;
  const risk = `[${title}](${source})${what}${context}.${way} ${why} _Fix:_ ${text(fix)}${note}`;
  return `| ${strong} | ${text(about)}${count} | ${risk} | ${text(describeOrigin(instances[0]?.origin ?? {}))} |`;
}

const labelled = (label: string, value: string) => (value === "" ? "" : ` _${label}:_ ${text(value)}.`);

function changes({ changes: all }: Report): string {
  if (all.length === 0) return "";
  const rows = all.flatMap((change) =>
    [...change.gained, ...change.lost].map((line) => {
      const how = howText(line);
      const what = `${code(permissionText(line))}${how === "" ? "" : ` (${how})`}`;
      return `| ${signOf(line)} | ${text(subjectText(change))} | ${text(scopeText(line.scope))} | ${what} | ${text(line.via.join("; "))} |`;
    }),
  );
  const members = all.filter((change: Change) => change.members.length > 1);
  const lists = members.map((change) => `- ${text(change.subject)}: ${text(memberList(change))}`);
  const table = ["| | who | where | permission | via |", "| --- | --- | --- | --- | --- |", ...rows];
  return [...fold("All changes", table, rows.length <= 30), ...(lists.length > 0 ? ["", ...lists] : [])].join("\n");
}

function gaps({ retargeted }: Report): string {
  return retargeted
    .map(({ binding, from, to, withoutAccess }) => {
      const who = withoutAccess.map(text).join(", ");
      return `⚠️ ${text(binding)} is re-targeted from ${text(from)} to ${text(to)}. A roleRef cannot be changed, so the binding is deleted and made anew: in between ${who} hold${withoutAccess.length === 1 ? "s" : ""} neither role.`;
    })
    .join("\n\n");
}

function unresolved({ unresolved: all }: Report): string {
  if (all.length === 0) return "";
  const lines = all.map(({ object, path, detail, side }) => {
    const where = side === "head" ? "" : side === "base" ? " (before the change)" : " (the same before and after)";
    return `- ${text(object)} ${path === "" ? "" : `${code(path)} `}${text(detail)}${where}`;
  });
  return ["**Unresolved: no verdict covers these**", "", ...lines].join("\n");
}

function latent({ latent: all }: Report): string {
  if (all.length === 0) return "";
  const lines = all.map(({ role, how, gained, lost }) => {
    const parts = [...gained.map((one) => `+ ${one}`), ...lost.map((one) => `- ${one}`)];
    return `- ${text(role)} is ${how}: ${code(parts.join(", "))}`;
  });
  return ["**Roles that no binding here refers to**", "", ...lines].join("\n");
}

function before({ findings, kind }: Report): string {
  const old = findings.filter(({ introduced }) => !introduced);
  if (old.length === 0 || kind === "lint") return "";
  const lines = old.map((finding) => {
    const { severity, about, title, permissions } = finding;
    const where = permissions.length > 0 ? ` ${text(scopesText(finding))}` : "";
    return `- ${severity}: ${text(about)}, ${title}${where}${labelled("Leads to", reachText(finding))}`;
  });
  return fold(`Risks that were there before (${old.length})`, lines, false).join("\n");
}

function expired({ expiredWaivers }: Report): string {
  if (expiredWaivers.length === 0) return "";
  return [
    "**Expired waivers, which no longer count**",
    "",
    ...expiredWaivers.map((waiver) => `- ${text(waiver)}`),
  ].join("\n");
}

function fold(title: string, lines: readonly string[], open: boolean): string[] {
  return [`<details${open ? " open" : ""}><summary>${title}</summary>`, "", ...lines, "", "</details>"];
}

/** Names come from the pull request. They must neither break the table nor mention anybody nor become markup. */
function text(value: string): string {
  return value
    .replace(/\p{Cc}/gu, " ")
    .replaceAll(" -> ", " → ")
    .replace(/[\\`*_{}[\]<>|~#!&]/g, "\\$&")
    .replaceAll("@", "@\u200b");
}

function code(value: string): string {
  const safe = value
    .replace(/\p{Cc}/gu, " ")
    .replaceAll("`", "'")
    .replaceAll("|", "\\|");
  return `\`${safe}\``;
}
