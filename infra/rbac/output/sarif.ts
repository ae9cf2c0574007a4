import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { cleanJson, cleanLine } from "../../terminal/index.ts";
import type { FindingEntry, Report } from "../report/model.ts";
import { counts, plural } from "../report/verdict.ts";
import { type Severity, severityRank } from "../risk/severity.ts";
import { beforeText, evidenceText, leadsText, scopeText } from "./wording.ts";

/** What code scanning takes in one file; https://docs.github.com/en/code-security/reference/code-scanning/sarif-files. */
export interface SarifLimits {
  readonly results: number;
  /** Of the file as it is uploaded, which is compressed. */
  readonly compressedBytes: number;
}

const gitHubLimits: SarifLimits = { results: 25_000, compressedBytes: 10_000_000 };

export interface SarifOptions {
  /** Root of the repository, to which addresses are relative. @default the working directory */
  readonly root?: string;
  /** @default those of GitHub */
  readonly limits?: SarifLimits;
}

/** Scores by which code scanning sorts. */
const scores = { low: "3.0", medium: "5.5", high: "8.0", critical: "9.5" } as const;
const levels = { low: "note", medium: "warning", high: "error", critical: "error" } as const;

/**
 * SARIF 2.1.0 for code scanning: one result per finding and instance, recognized again by its fingerprint. What goes over a
 * limit is left out, least severe first, and the file says so.
 */
export function toSarif(report: Report, { root = ".", limits = gitHubLimits }: SarifOptions = {}): string {
  const entries = report.kind === "lint" ? report.findings : report.findings.filter(({ introduced }) => introduced);
  const results = [...entries].sort(byWeight).flatMap((entry) => resultsOf(entry, root));
  const write = (count: number) => textOf(entries, results.slice(0, count), results.length);
  let kept = Math.min(results.length, limits.results);
  let text = write(kept);
  for (let size = compressed(text); size > limits.compressedBytes && kept > 0; size = compressed(text)) {
    // Results are much alike, so that their number foretells the size; a tenth less, as it is no law.
    kept = Math.min(kept - 1, Math.floor(((kept * limits.compressedBytes) / size) * 0.9));
    text = write(kept);
  }
  return text;
}

const compressed = (text: string) => gzipSync(text).length;

interface Result {
  readonly ruleId: string;
}

function textOf(entries: readonly FindingEntry[], results: readonly Result[], all: number): string {
  const rules = [...new Map(entries.map((entry) => [entry.rule, entry])).values()].sort((a, b) =>
    a.rule < b.rule ? -1 : 1,
  );
  const indexes = new Map(rules.map(({ rule }, index) => [rule, index]));
  const left = all - results.length;
  const invocation = {
    executionSuccessful: true,
    toolExecutionNotifications: [
      {
        level: "warning",
        message: { text: `${plural(left, "result")} of ${all} left out, the least severe: see the JSON report` },
      },
    ],
  };
  const run = {
    tool: { driver: { name: "edgectl rbac", rules: rules.map(descriptor) } },
    ...(left === 0 ? {} : { invocations: [invocation] }),
    results: results.map(({ ruleId, ...rest }) => ({ ruleId, ruleIndex: indexes.get(ruleId), ...rest })),
  };
  const sarif = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
  return `${cleanJson(JSON.stringify(sarif, null, 2))}\n`;
}

/** Those that count first, then the worst. */
function byWeight(a: FindingEntry, b: FindingEntry): number {
  const weight = (entry: FindingEntry) => (counts(entry) ? 10 : 0) + severityRank(entry.severity as Severity);
  return weight(b) - weight(a);
}

function descriptor({ rule, title, why, fix, source, severity, cis = [], mitre = [] }: FindingEntry): object {
  const references = [...cis.map((one) => `external/cis/${one}`), ...mitre.map((one) => `external/mitre/${one}`)];
  return {
    id: rule,
    shortDescription: { text: plainText(title) },
    fullDescription: { text: plainText(why) },
    help: { text: `${plainText(why)}\n\nFix: ${plainText(fix)}\n\n${source}` },
    helpUri: source,
    defaultConfiguration: { level: levels[severity] },
    properties: { "security-severity": scores[severity], tags: ["security", "rbac", ...references] },
  };
}

function resultsOf(entry: FindingEntry, root: string): Result[] {
  const { rule, severity, title, waiver, known, reach } = entry;
  const evidence = evidenceText(entry);
  const earlier = beforeText(entry);
  const way = leadsText(entry);
  const context = `${earlier === "" ? "" : ` (before: ${earlier})`}${way === "" ? "" : `; ${way}`}`;
  const where = (scope: string) => (evidence === "" ? "" : ` ${scopeText(scope)}: ${evidence}`);
  return entry.instances.map(({ about, scope, cluster, fingerprint, origin }) => ({
    ruleId: rule,
    level: levels[severity],
    message: { text: plainText(`${about}: ${title}${where(scope)}${context}`) },
    // Code scanning shows results with a place only; the project's file stands for those whose source is not known.
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: addressOf(origin.file, root) },
          region: { startLine: origin.line ?? 1 },
        },
        logicalLocations: [{ fullyQualifiedName: cleanLine(`${cluster}/${about}`) }],
      },
    ],
    partialFingerprints: { "edgectlRbac/v1": fingerprint },
    ...(reach === null ? {} : { properties: { reach } }),
    ...(counts(entry) ? {} : { suppressions: [suppression(waiver, known)] }),
  }));
}

/** Code scanning knows files by their path from the root of the repository. */
function addressOf(file: string | undefined, root: string): string {
  if (file === undefined || file === "standard input") return "Pulumi.yaml";
  const path = relative(resolve(root), resolve(file)).replaceAll("\\", "/");
  if (path === ".." || path.startsWith("../")) return pathToFileURL(resolve(file)).href;
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Names must not become links: in SARIF `[text](address)` is one, also in plain text. */
const plainText = (text: string) => cleanLine(text).replace(/[\\[\]]/g, "\\$&");

function suppression(waiver: FindingEntry["waiver"], known: boolean): object {
  const justification =
    waiver === null ? (known ? "in the baseline" : "") : `${waiver.owner} until ${waiver.expires}: ${waiver.reason}`;
  return { kind: "external", status: "accepted", justification: cleanLine(justification) };
}
