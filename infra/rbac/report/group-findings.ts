import { describePermission } from "../model/permission.ts";
import { type Finding, fingerprintOf } from "../risk/finding.ts";
import type { Reach } from "../risk/reach/reach.ts";
import { severityRank } from "../risk/severity.ts";
import type { Baseline } from "./baseline.ts";
import type { FindingEntry } from "./model.ts";
import { namespaceOf, relative } from "./relative.ts";
import type { Waiver } from "./waivers.ts";

/** What is known about a finding besides the finding itself. */
export interface FindingContext {
  /** Findings that the change brings. */
  readonly introduced: ReadonlySet<Finding>;
  readonly baseline: Baseline;
  waiverOf(finding: Finding): Waiver | undefined;
}

/** Puts findings that differ in the installation or cluster alone into one entry; worst and newest first. */
export function groupFindings(findings: readonly Finding[], context: FindingContext): FindingEntry[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const key = groupKey(finding, context);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((group) => toEntry(group, context)).sort(compare);
}

function toEntry(group: readonly [Finding, ...Finding[]], context: FindingContext): FindingEntry {
  const [first] = group;
  const { rule, severity, permissions, earlier, paths, scope, reach, unknown } = first;
  const scopes = [...new Set(group.map((finding) => scopeName(finding.scope)))];
  const sameSubject = new Set(group.map(({ about }) => about)).size === 1;
  const inNamespace = (text: string) => relative(text, namespaceOf(first));
  const generic = sameSubject && scopes.length === 1 ? (text: string) => text : inNamespace;
  const waiver = context.waiverOf(first);
  return {
    rule: rule.id,
    title: rule.title,
    severity,
    introduced: context.introduced.has(first),
    known: context.baseline.covers(first),
    waiver: waiver === undefined ? null : { owner: waiver.owner, reason: waiver.reason, expires: waiver.expires },
    about: sameSubject ? first.about : inNamespace(first.about),
    scope: generic(scopeName(scope)),
    scopes,
    permissions: permissions.map((permission) => generic(describePermission(permission))),
    earlier: earlier.map((permission) => generic(describePermission(permission))),
    leadsFurther: first.leadsFurther ?? false,
    reach: reach === undefined ? null : entryOfReach(reach, generic),
    unknown: unknown === undefined ? null : generic(unknown),
    via: paths.map(({ binding, role }) => generic(`${binding} -> ${role}`)),
    why: rule.why,
    source: rule.source,
    fix: rule.fix,
    ...(rule.cis === undefined ? {} : { cis: [...rule.cis] }),
    ...(rule.mitre === undefined ? {} : { mitre: [...rule.mitre] }),
    instances: group.map((finding) => ({
      cluster: finding.cluster,
      about: finding.about,
      scope: scopeName(finding.scope),
      fingerprint: fingerprintOf(finding),
      origin: finding.origin,
    })),
  };
}

function entryOfReach({ power, severity, steps }: Reach, generic: (text: string) => string): FindingEntry["reach"] {
  return {
    power: generic(power),
    severity,
    steps: steps.map(({ by, to }) => ({ by: generic(by), to: generic(to) })),
  };
}

/** Text of a way, as people read it. */
const wayText = ({ reach, unknown }: Finding) => [
  reach?.severity,
  reach?.power,
  reach?.steps.map(({ by, to }) => [by, to]),
  unknown,
];

const scopeName = (scope: string) => (scope === "" ? "*" : scope);

function groupKey(finding: Finding, context: FindingContext): string {
  const { rule, severity, about, scope, permissions, earlier } = finding;
  const facts = [
    rule.id,
    severity,
    about,
    scope,
    ...[permissions, earlier].map((list) => list.map(describePermission)),
  ];
  const state = [
    context.introduced.has(finding),
    finding.leadsFurther ?? false,
    context.baseline.covers(finding),
    context.waiverOf(finding)?.index ?? -1,
  ];
  return relative(JSON.stringify([...facts, wayText(finding), ...state]), namespaceOf(finding));
}

function compare(a: FindingEntry, b: FindingEntry): number {
  const rank = ({ severity, introduced }: FindingEntry) =>
    (introduced ? 10 : 0) + severityRank(severity as Finding["severity"]);
  const key = ({ rule, about, scope }: FindingEntry) => `${rule} ${about} ${scope}`;
  return rank(b) - rank(a) || (key(a) < key(b) ? -1 : 1);
}
