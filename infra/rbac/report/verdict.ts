import { type Severity, severityRank } from "../risk/severity.ts";
import type { FindingEntry, Report } from "./model.ts";
import { byRisk, worstIn } from "./one-risk.ts";

type Verdict = Report["verdict"];
type Parts = Omit<Report, "version" | "kind" | "base" | "head" | "verdict">;

/** Exit codes of the commands. 1 is any error. */
export const exitCodes: Readonly<Record<string, number>> = {
  nothing: 0,
  undecided: 2,
  changes: 2,
  "over-threshold": 3,
};

/** Sums up a change. Input that was not understood is never `nothing`. */
export function diffVerdict(parts: Parts, clusters: number, threshold: Severity | undefined): Verdict {
  const { changes, retargeted, latent, unresolved, findings } = parts;
  const gained = countVerbs(changes, "gained");
  const lost = countVerbs(changes, "lost");
  const counted = findings.filter((finding) => finding.introduced && counts(finding));
  const open = unresolved.filter(({ side }) => side !== "same");
  const changed = changes.length + retargeted.length + latent.length + counted.length > 0;
  const words = [
    ...severityCounts(counted),
    ...(changes.length > 0 ? [`+${gained} / -${lost} permissions`] : []),
    ...(retargeted.length > 0 ? [`${plural(retargeted.length, "binding")} re-targeted`] : []),
    ...(latent.length > 0 ? [`${plural(latent.length, "unbound role")} changed`] : []),
    ...(open.length > 0 ? [`${open.length} unresolved`] : []),
  ];
  const where = clusters > 1 ? ` in ${clusters} clusters` : "";
  const nothing =
    unresolved.length > 0
      ? `no permission change (${unresolved.length} unresolved on both sides)`
      : "no permission change";
  return {
    outcome: outcomeOf(counted, threshold, changed, open.length > 0),
    text: words.length === 0 ? nothing : `${words.join(", ")}${where}`,
    worst: worstOf(counted),
    gained,
    lost,
    threshold: threshold ?? null,
  };
}

/** Sums up a state. */
export function lintVerdict(parts: Parts, threshold: Severity | undefined): Verdict {
  const counted = parts.findings.filter(counts);
  const words = severityCounts(counted);
  return {
    outcome: outcomeOf(counted, threshold, counted.length > 0, parts.unresolved.length > 0),
    text: words.length === 0 ? "nothing risky" : words.join(", "),
    worst: worstOf(counted),
    gained: 0,
    lost: 0,
    threshold: threshold ?? null,
  };
}

/** Whether a finding counts in the verdict. */
export const counts = ({ known, waiver }: FindingEntry) => !known && waiver === null;

function outcomeOf(
  counted: readonly FindingEntry[],
  threshold: Severity | undefined,
  changed: boolean,
  open: boolean,
): Verdict["outcome"] {
  const worst = worstOf(counted);
  if (threshold !== undefined && worst !== null && severityRank(worst) >= severityRank(threshold))
    return "over-threshold";
  if (open) return "undecided";
  return changed ? "changes" : "nothing";
}

function worstOf(findings: readonly FindingEntry[]): Severity | null {
  const ranked = findings.map(({ severity }) => severity as Severity).sort((a, b) => severityRank(b) - severityRank(a));
  return ranked[0] ?? null;
}

function severityCounts(findings: readonly FindingEntry[]): string[] {
  const risks = byRisk(findings).map(worstIn);
  return (["critical", "high", "medium", "low"] as const).flatMap((severity) => {
    const count = risks.filter((one) => one === severity).length;
    return count === 0
      ? []
      : [`${count} ${severity === "critical" || severity === "high" ? severity.toUpperCase() : severity}`];
  });
}

function countVerbs(changes: Report["changes"], which: "gained" | "lost"): number {
  return changes.reduce(
    (sum, change) => sum + change.members.length * change[which].reduce((verbs, line) => verbs + line.verbs.length, 0),
    0,
  );
}

export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
