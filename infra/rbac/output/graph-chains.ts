import type { FindingEntry, Report } from "../report/model.ts";
import { type Severity, severityRank } from "../risk/severity.ts";
import { evidenceText, permissionText, reachText, scopeText, signOf } from "./wording.ts";

/** What kind of change a permission is. */
export type Tone = "gained" | "lost" | "kept";

/** An object, by its kind and name. */
export interface Label {
  readonly caption: string;
  readonly label: string;
}

/** From a subject over binding and role to a power. */
export interface Chain {
  readonly labels: readonly [subject: Label, binding: Label, role: Label, power: Label];
  readonly tone: Tone;
  /** The worst that a rule finds of it; undefined where none finds anything. */
  readonly severity: Severity | undefined;
  /** Numbers of the ways that it leads; counted from 1. */
  readonly ways: readonly number[];
}

/** Where a finding leads to. */
export interface Way {
  readonly number: number;
  readonly severity: Severity;
  readonly text: string;
}

export const columnTitles = ["subject", "binding", "role", "power"] as const;
const maxChains = 60;
/** Ways that are told below the picture. */
const maxWays = 20;
const maxNamed = 3;

export const isRisky = ({ severity }: Pick<Chain, "severity">) => severity === "critical" || severity === "high";

/** Findings that a picture is about. */
export const shownFindings = ({ findings, kind }: Report) =>
  findings.filter(({ introduced }) => introduced || kind === "lint");

export interface Chains {
  /** The most severe first. */
  readonly shown: readonly Chain[];
  /** Those that did not fit, the least severe ones. */
  readonly omitted: readonly Chain[];
  readonly ways: readonly Way[];
  readonly omittedWays: number;
  /** Who one acts as on these ways, as a subject is written. */
  readonly stops: ReadonlySet<string>;
}

/** The chains of a report, each from a subject over binding and role to a power. */
export function chainsOf(report: Report): Chains {
  const leading = shownFindings(report).filter((finding) => reachText(finding) !== "");
  // Findings of several rules may lead the same way.
  const all = [...Map.groupBy(leading, (finding) => `${finding.severity} ${reachText(finding)}`).values()];
  const numbers: Numbers = new Map(
    all.slice(0, maxWays).flatMap((findings, index) => findings.map((finding) => [finding, index + 1] as const)),
  );
  const drawn = report.kind === "lint" ? chainsOfFindings(report, numbers) : chainsOfChanges(report, numbers);
  const chains = drawn.toSorted((a, b) => rankOf(b) - rankOf(a));
  const stops = [...numbers.keys()].flatMap(({ reach }) => reach?.steps.map(({ to }) => to) ?? []);
  return {
    stops: new Set(stops),
    shown: chains.slice(0, maxChains),
    omitted: chains.slice(maxChains),
    ways: all.slice(0, maxWays).flatMap(([finding], index) => {
      return finding === undefined ? [] : [{ number: index + 1, severity: finding.severity, text: reachText(finding) }];
    }),
    omittedWays: Math.max(0, all.length - maxWays),
  };
}

const rankOf = ({ severity }: Chain) => (severity === undefined ? -1 : severityRank(severity));

type Numbers = ReadonlyMap<FindingEntry, number>;

function chainsOfChanges(report: Report, numbers: Numbers): Chain[] {
  const judged = new Map<string, FindingEntry[]>();
  for (const finding of report.findings.filter(({ introduced }) => introduced)) {
    for (const permission of finding.permissions) {
      const key = `${finding.about} ${finding.scope} ${permission}`;
      judged.set(key, [...(judged.get(key) ?? []), finding]);
    }
  }
  const changed = report.changes.flatMap((change) =>
    [...change.gained, ...change.lost].flatMap((line) => {
      const gained = signOf(line) === "+";
      const found = line.verbs.flatMap((verb) =>
        gained ? (judged.get(`${change.subject} ${line.scope} ${verb} ${line.target}`) ?? []) : [],
      );
      const [worst] = found.toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity));
      const power = { caption: scopeText(line.scope), label: permissionText(line) };
      const rest = { severity: worst?.severity, ways: numbersOf(found, numbers) };
      return chainsVia(change.subject, line.via, power, { tone: gained ? "gained" : "lost", ...rest });
    }),
  );
  // Of permissions that were there before and lead further now, nothing else is in the picture.
  const told = new Set(changed.flatMap(({ ways }) => ways));
  const led = [...numbers].filter(([, number]) => !told.has(number));
  return [
    ...changed,
    ...led.flatMap(([finding]) => chainsOfFinding(finding, evidenceText(finding, maxNamed), numbers)),
  ];
}

const numbersOf = (findings: readonly FindingEntry[], numbers: Numbers) =>
  [...new Set(findings.flatMap((finding) => numbers.get(finding) ?? []))].sort((a, b) => a - b);

function chainsOfFindings({ findings }: Report, numbers: Numbers): Chain[] {
  return findings.flatMap((finding) => {
    const { permissions } = finding;
    const rest = permissions.length - maxNamed;
    const named = permissions.slice(0, maxNamed).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
    return chainsOfFinding(finding, named, numbers);
  });
}

function chainsOfFinding(finding: FindingEntry, label: string, numbers: Numbers): Chain[] {
  const { about, via, scope, severity } = finding;
  const rest = { tone: "kept", severity, ways: numbersOf([finding], numbers) } as const;
  return chainsVia(about, via, { caption: scopeText(scope), label }, rest);
}

function chainsVia(
  subject: string,
  via: readonly string[],
  power: Label,
  rest: Pick<Chain, "tone" | "severity" | "ways">,
): Chain[] {
  return via.map((path) => {
    const [binding = "", role = ""] = path.split(" -> ");
    return { labels: [labelOf(subject), labelOf(binding), labelOf(role), power], ...rest };
  });
}

/** `Role edge-a/edgeagent` is a Role of that name. */
function labelOf(object: string): Label {
  const space = object.indexOf(" ");
  return { caption: object.slice(0, Math.max(0, space)), label: object.slice(space + 1) };
}
