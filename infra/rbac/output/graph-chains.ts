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
  /** Number of the way that it leads; counted from 1. */
  readonly way: number | undefined;
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
  const ways = leading.slice(0, maxWays).map((finding, index) => ({
    ...{ number: index + 1, severity: finding.severity, text: reachText(finding), finding },
  }));
  const numbers = new Map(ways.map(({ finding, number }) => [finding, number]));
  const all = report.kind === "lint" ? chainsOfFindings(report, numbers) : chainsOfChanges(report, numbers);
  const chains = all.toSorted((a, b) => rankOf(b) - rankOf(a));
  const stops = ways.flatMap(({ finding }) => finding.reach?.steps.map(({ to }) => to) ?? []);
  return {
    stops: new Set(stops),
    shown: chains.slice(0, maxChains),
    omitted: chains.slice(maxChains),
    ways: ways.map(({ finding: _, ...way }) => way),
    omittedWays: Math.max(0, leading.length - maxWays),
  };
}

const rankOf = ({ severity }: Chain) => (severity === undefined ? -1 : severityRank(severity));

type Numbers = ReadonlyMap<FindingEntry, number>;

function chainsOfChanges(report: Report, numbers: Numbers): Chain[] {
  const judged = new Map<string, FindingEntry>();
  // The worst of a permission counts, and one that leads somewhere before one that does not.
  const weight = (finding: FindingEntry) => severityRank(finding.severity) * 2 + Number(numbers.has(finding));
  for (const finding of report.findings.filter(({ introduced }) => introduced)) {
    for (const permission of finding.permissions) {
      const key = `${finding.about} ${finding.scope} ${permission}`;
      const known = judged.get(key);
      if (known === undefined || weight(finding) > weight(known)) judged.set(key, finding);
    }
  }
  const changed = report.changes.flatMap((change) =>
    [...change.gained, ...change.lost].flatMap((line) => {
      const gained = signOf(line) === "+";
      const found = line.verbs
        .flatMap((verb) => judged.get(`${change.subject} ${line.scope} ${verb} ${line.target}`) ?? [])
        .toSorted((a, b) => weight(b) - weight(a))[0];
      return chainsVia(
        change.subject,
        line.via,
        { caption: scopeText(line.scope), label: permissionText(line) },
        {
          tone: gained ? "gained" : "lost",
          severity: gained ? found?.severity : undefined,
          way: gained && found !== undefined ? numbers.get(found) : undefined,
        },
      );
    }),
  );
  // Of permissions that were there before and lead further now, nothing else is in the picture.
  const told = new Set(changed.map(({ way }) => way));
  const led = [...numbers].filter(([, number]) => !told.has(number));
  return [...changed, ...led.flatMap(([finding, way]) => chainsOfFinding(finding, evidenceText(finding, 3), way))];
}

function chainsOfFindings({ findings }: Report, numbers: Numbers): Chain[] {
  return findings.flatMap((finding) => {
    const { permissions } = finding;
    const rest = permissions.length - maxNamed;
    const named = permissions.slice(0, maxNamed).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
    return chainsOfFinding(finding, named, numbers.get(finding));
  });
}

function chainsOfFinding(
  { about, via, scope, severity }: FindingEntry,
  label: string,
  way: number | undefined,
): Chain[] {
  return chainsVia(about, via, { caption: scopeText(scope), label }, { tone: "kept", severity, way });
}

function chainsVia(
  subject: string,
  via: readonly string[],
  power: Label,
  rest: Pick<Chain, "tone" | "severity" | "way">,
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
