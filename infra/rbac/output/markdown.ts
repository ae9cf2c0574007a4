import type { Report } from "../report/model.ts";
import { plural } from "../report/verdict.ts";
import { changes } from "./markdown/changes.ts";
import { code, fold, link, text } from "./markdown/escape.ts";
import { reasons, risks } from "./markdown/risks.ts";
import { subjectLists } from "./markdown/subjects.ts";
import { leadsText, scopesText, titleOf } from "./wording.ts";

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
  /** Address of the whole report, for what is left out. */
  readonly details?: string;
}

/** First line of the comment of one stack: what to look for when updating it in place. */
export function markerOf(name: string): string {
  return `<!-- edgectl-rbac:${name.replace(/[^\w./-]/g, "_").replaceAll("--", "__")} -->`;
}

/**
 * The report as a comment of a pull request: verdict first, risks by binding next, what is not known, and folded below all
 * that one looks up.
 */
export function toMarkdown(report: Report, { marker, limit = defaultLimit, details }: MarkdownOptions = {}): string {
  const head = [
    markerOf(marker ?? report.head),
    `### ${icon(report)} RBAC: ${text(report.verdict.text)}`,
    "",
    text(titleOf(report)),
  ];
  const parts = [
    risks(report),
    gaps(report),
    unresolved(report),
    latent(report),
    expired(report),
    reasons(report),
    changes(report),
    before(report),
    subjectLists(report),
  ].filter((part) => part !== "");
  let result = `${head.join("\n")}\n`;
  for (const part of parts) {
    const room = limit - result.length - noteLength - (details?.length ?? 0);
    result += `\n${shorten(part.trimEnd(), room, details)}\n`;
    if (part.length > room) break;
  }
  return result;
}

/** Longest note about what was left out. */
const noteLength = 200;

/** As many lines of a section as there is room for. Sections come by weight, and so do the lines in them. */
function shorten(part: string, room: number, details: string | undefined): string {
  if (part.length <= room) return part;
  const lines = part.split("\n");
  let length = 0;
  const kept = lines.slice(
    0,
    lines.findIndex((line) => {
      length += line.length + 1;
      return length > room;
    }),
  );
  const isOpen = kept.some((line) => line.startsWith("<details")) && !kept.includes("</details>");
  const left = plural(lines.length - kept.length, "line");
  const where = details === undefined ? "the JSON report has them" : link("the whole report has them", details);
  return `${kept.join("\n")}${isOpen ? "\n\n</details>" : ""}\n\n_${left} and all that follows left out; ${where}._`;
}

function icon({ verdict }: Report): string {
  if (verdict.outcome === "nothing") return "✅";
  if (verdict.outcome === "over-threshold" || verdict.worst === "critical" || verdict.worst === "high") return "🛑";
  return "⚠️";
}

function gaps({ retargeted }: Report): string {
  return retargeted
    .map(({ binding, from, to, withoutAccess }) => {
      const who = withoutAccess.map((one) => text(one)).join(", ");
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
    const way = leadsText({ ...finding, unknown: null });
    return `- ${severity}: ${text(about)}, ${text(title)}${where}${way === "" ? "" : `; ${text(way)}`}`;
  });
  return fold(`Risks that were there before (${old.length})`, lines);
}

function expired({ expiredWaivers }: Report): string {
  if (expiredWaivers.length === 0) return "";
  return [
    "**Expired waivers, which no longer count**",
    "",
    ...expiredWaivers.map((waiver) => `- ${text(waiver)}`),
  ].join("\n");
}
