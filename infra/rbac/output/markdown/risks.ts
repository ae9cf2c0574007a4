import { describeOrigin } from "../../model/objects.ts";
import type { FindingEntry, Report } from "../../report/model.ts";
import { byRisk, leadingIn, worstIn } from "../../report/one-risk.ts";
import { severityRank } from "../../risk/severity.ts";
import { beforeText, evidenceText, leadsText, scopesText } from "../wording.ts";
import { code, fold, link, text } from "./escape.ts";
import { nameSome } from "./subjects.ts";

/** What rules say about the same permissions. */
type Risk = readonly [FindingEntry, ...FindingEntry[]];

/** One thing that is risky about a binding, and for whom it is. */
interface Line {
  readonly risk: Risk;
  readonly subjects: readonly string[];
}

/** So many rules are named where more say something about the same permissions. */
const named = 4;

/** All that is risky about what one binding grants. */
interface Group {
  /** The binding and its role, or the object that a finding is about. */
  readonly title: string;
  readonly grants: boolean;
  readonly subjects: readonly string[];
  readonly lines: readonly Line[];
}

/** What is risky, worst first: by binding and rule, the subjects of one binding together, each rule explained once. */
export function risks(report: Report): string {
  const findings = report.findings.filter(({ introduced }) => introduced || report.kind === "lint");
  if (findings.length === 0) return "";
  return groupsOf(findings).flatMap(groupLines).join("\n");
}

/** Why the risks of the report are ones, and what to do instead; each rule once. */
export function reasons(report: Report): string {
  const findings = report.findings.filter(({ introduced }) => introduced || report.kind === "lint");
  const told = byRisk(findings).flatMap((risk) => risk.slice(0, named));
  const rules = [...new Map(told.map((finding) => [finding.rule, finding])).values()];
  if (rules.length === 0) return "";
  const lines = rules.map(
    ({ title, source, why, fix }) => `- ${link(title, source)}: ${text(why)} _Instead:_ ${text(fix)}`,
  );
  const others = new Map(findings.map((finding) => [finding.rule, finding]));
  for (const { rule } of rules) others.delete(rule);
  const also = [...others.values()].map(({ title, source }) => link(title, source)).join(", ");
  return fold("Why, and what to do instead", also === "" ? lines : [...lines, `- and ${also}`]);
}

function groupsOf(findings: readonly FindingEntry[]): Group[] {
  const byGrant = Map.groupBy(findings, ({ via, about }) => (via.length > 0 ? via.join("; ") : `${about}\n`));
  const groups = [...byGrant.values()].map((members): Group => {
    const [first] = members as [FindingEntry, ...FindingEntry[]];
    const grants = first.via.length > 0;
    const same = Map.groupBy(byRisk(members), (risk) =>
      grants ? JSON.stringify(risk.map(lineOf)) : JSON.stringify(risk),
    );
    const lines = [...same.values()].map((list) => {
      const [risk] = list as [Risk, ...Risk[]];
      return { risk, subjects: list.map(([finding]) => subjectOf(finding)) };
    });
    return {
      title: grants ? first.via.join("; ") : subjectOf(first),
      grants,
      subjects: [...new Set(members.map(subjectOf))],
      lines: lines.toSorted((a, b) => rank(b) - rank(a)),
    };
  });
  return groups.toSorted((a, b) => worst(b) - worst(a));
}

const rank = ({ risk }: Line) => severityRank(worstIn(risk));
const worst = ({ lines }: Group) => Math.max(...lines.map(rank));

const subjectOf = ({ about, instances }: FindingEntry) =>
  instances.length > 1 ? `${about} (${instances.length} times)` : about;

/** Equal for findings that are told in the same words, whoever they are about. */
function lineOf(finding: FindingEntry): string {
  const { rule, severity, waiver, known } = finding;
  return JSON.stringify([rule, severity, told([finding]), waiver, known]);
}

function groupLines(group: Group): string[] {
  const { title, grants, subjects, lines } = group;
  const place = text(describeOrigin(lines[0]?.risk[0].instances[0]?.origin ?? {}));
  const where = place === "" ? "" : ` (${place})`;
  const head = grants ? `**${nameSome(subjects, title)}** by ${text(title)}${where}` : `**${text(title)}**${where}`;
  return [head, "", ...lines.map((line) => riskLine(line, group)), ""];
}

function riskLine({ risk, subjects }: Line, group: Group): string {
  const { waiver, known } = risk[0];
  const severity = worstIn(risk);
  const strong = severity === "critical" || severity === "high" ? `**${severity.toUpperCase()}**` : severity;
  const whose = subjects.length === group.subjects.length ? "" : ` for ${nameSome(subjects, group.title)}`;
  const note = waiver
    ? ` _Waived by ${text(waiver.owner)} until ${waiver.expires}: ${text(waiver.reason)}_`
    : known
      ? " _In the baseline._"
      : "";
  return `- ${strong} ${titles(risk)}${whose}${told(risk)}${note}`;
}

/** What the rules say, the worst first; the rest stands below. */
function titles(risk: Risk): string {
  const links = risk.slice(0, named).map(({ title, source }) => link(title, source));
  const rest = risk.length - links.length;
  if (links.length === 1) return links[0] ?? "";
  return rest > 0 ? `${links.join(", ")} and ${rest} more` : `${links.slice(0, -1).join(", ")} and ${links.at(-1)}`;
}

/** Where, what and how far. */
function told(risk: Risk): string {
  const [finding] = risk;
  const evidence = evidenceText(finding);
  const reach = leadsText(leadingIn(risk));
  const earlier = beforeText(finding);
  const what = evidence === "" ? "" : ` ${text(scopesText(finding))}: ${code(evidence)}`;
  const context = earlier === "" ? "" : ` (before: ${text(earlier)})`;
  return `${what}${context}${reach === "" ? "" : `; ${text(reach)}`}`;
}
