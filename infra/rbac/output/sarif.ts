import type { FindingEntry, Report } from "../report/model.ts";
import { counts } from "../report/verdict.ts";
import { beforeText, reachText, scopeText } from "./wording.ts";

/** Scores by which code scanning sorts. */
const scores = { low: "3.0", medium: "5.5", high: "8.0", critical: "9.5" } as const;
const levels = { low: "note", medium: "warning", high: "error", critical: "error" } as const;

/** SARIF 2.1.0 for code scanning: one result per finding and instance, recognized again by its fingerprint. */
export function toSarif(report: Report): object {
  const entries = report.kind === "lint" ? report.findings : report.findings.filter(({ introduced }) => introduced);
  const rules = [...new Map(entries.map((entry) => [entry.rule, entry])).values()].sort((a, b) =>
    a.rule < b.rule ? -1 : 1,
  );
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "edgectl rbac", rules: rules.map(descriptor) } },
        results: entries.flatMap((entry) =>
          resultsOf(
            entry,
            rules.findIndex(({ rule }) => rule === entry.rule),
          ),
        ),
      },
    ],
  };
}

function descriptor({ rule, title, why, fix, source, severity, cis = [], mitre = [] }: FindingEntry): object {
  const references = [...cis.map((one) => `external/cis/${one}`), ...mitre.map((one) => `external/mitre/${one}`)];
  return {
    id: rule,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${why}\n\nFix: ${fix}\n\n${source}` },
    helpUri: source,
    defaultConfiguration: { level: levels[severity] },
    properties: { "security-severity": scores[severity], tags: ["security", "rbac", ...references] },
  };
}

function resultsOf(entry: FindingEntry, ruleIndex: number): object[] {
  const { rule, severity, title, permissions, waiver, known } = entry;
  const what = permissions.length > 0 ? `: ${permissions.join(", ")}` : "";
  const before = beforeText(entry);
  const ways = [
    ["leads to", reachText(entry)],
    ["unknown", entry.unknown ?? ""],
  ].flatMap(([label, way]) => (way === "" ? [] : `; ${label}: ${way}`));
  return entry.instances.map(({ about, scope, cluster, fingerprint, origin }) => ({
    ruleId: rule,
    ruleIndex,
    level: levels[severity],
    message: {
      text: `${about}: ${title}${what === "" ? "" : ` ${scopeText(scope)}`}${what}${before === "" ? "" : ` (before: ${before})`}${ways.join("")}`,
    },
    // Code scanning shows results with a place only; the project's file stands for those whose source is not known.
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(origin.file ?? "Pulumi.yaml") },
          region: { startLine: origin.line ?? 1 },
        },
        logicalLocations: [{ fullyQualifiedName: `${cluster}/${about}` }],
      },
    ],
    partialFingerprints: { "edgectlRbac/v1": fingerprint },
    ...(entry.reach === null ? {} : { properties: { reach: entry.reach } }),
    ...(counts(entry) ? {} : { suppressions: [suppression(waiver, known)] }),
  }));
}

function suppression(waiver: FindingEntry["waiver"], known: boolean): object {
  const justification =
    waiver === null ? (known ? "in the baseline" : "") : `${waiver.owner} until ${waiver.expires}: ${waiver.reason}`;
  return { kind: "external", status: "accepted", justification };
}
