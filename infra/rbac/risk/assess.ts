import { permissionKey } from "../model/permission.ts";
import { type Path, type PowerIndex, pathOf } from "../model/power.ts";
import { describeSubject, type Subject, subjectKey } from "../model/subject.ts";
import { neededByInstallations } from "./checks/installation.ts";
import { type Evidence, type Finding, weighed } from "./finding.ts";
import { indexMatches, type Match } from "./matches.ts";
import { indexReach, type ReachIndex } from "./reach/reach.ts";
import type { PermissionRule } from "./rule.ts";
import { type RuleSet, standardRules } from "./rule-set.ts";
import { severityRank, worse } from "./severity.ts";
import { severityInScope, severityOf } from "./severity-of.ts";

/**
 * Judges a whole state by all rules. What the API server grants by itself is judged only where somebody changed it.
 *
 * @returns worst first
 */
export function assess(index: PowerIndex, rules: RuleSet = standardRules): Finding[] {
  const { cluster } = index.state;
  const general = rules.checks.flatMap((check) =>
    check.find(index).map((one) => ({
      ...one,
      severity: rules.severityOf(check, one),
      rule: check,
      cluster,
      evidence: [],
      earlier: [],
    })),
  );
  return [...permissionFindings(index, rules), ...general].sort(compareFindings);
}

export function compareFindings(a: Finding, b: Finding): number {
  const key = ({ rule, cluster, about, scope }: Finding) => `${rule.id} ${cluster} ${about} ${scope}`;
  return severityRank(b.severity) - severityRank(a.severity) || (key(a) < key(b) ? -1 : 1);
}

/** A finding while it is put together. */
interface Draft {
  readonly finding: Finding;
  readonly evidence: Map<string, Evidence>;
  readonly paths: Map<string, Path>;
}

function permissionFindings(index: PowerIndex, rules: RuleSet): Finding[] {
  const { state } = index;
  const isNeeded = neededByInstallations(index);
  const matchesOf = indexMatches(index, rules);
  // Steps can be taken whether or not somebody wants to be told about them.
  const reach = indexReach(index, rules === standardRules ? matchesOf : indexMatches(index, standardRules));
  const drafts = new Map<string, Draft>();
  for (const binding of state.bindings) {
    const role = state.roleOf(binding);
    if (role === undefined || state.isOfServer(binding) || matchesOf(role).length === 0) continue;
    const path = pathOf(binding, role);
    const isDeclared = Object.keys(binding.origin).length > 0 && binding.origin.builtin !== true;
    const origin = isDeclared ? binding.origin : role.origin;
    for (const subject of distinct(binding.subjects)) {
      for (const match of matchesOf(role)) {
        if (isNeeded(subject, binding.namespace, match.permission)) continue;
        const evidence = judge(reach, match, subject, binding.namespace);
        if (evidence === undefined || repeatsWildcard(evidence, match.rule, binding.namespace, rules)) continue;
        const { rule } = match;
        const about = describeSubject(subject);
        const key = `${rule.id}\n${about}\n${binding.namespace}`;
        const draft = drafts.get(key) ?? {
          finding: {
            rule,
            severity: evidence.severity,
            cluster: state.cluster,
            about,
            subject,
            scope: binding.namespace,
            permissions: [],
            evidence: [],
            earlier: [],
            paths: [],
            origin,
          },
          evidence: new Map<string, Evidence>(),
          paths: new Map<string, Path>(),
        };
        drafts.set(key, draft);
        draft.evidence.set(permissionKey(match.permission), evidence);
        if (!draft.paths.has(path.binding)) draft.paths.set(path.binding, path);
      }
    }
  }
  return [...drafts.values()].map(({ finding, evidence, paths }) =>
    weighed({ ...finding, paths: [...paths.values()] }, [...evidence.values()]),
  );
}

/** A permission is as bad as what it is by itself, or as where it leads. */
function judge(reach: ReachIndex, match: Match, subject: Subject, scope: string): Evidence | undefined {
  const { rule, permission } = match;
  const own = severityOf(rule, permission, subject, scope);
  if (own === undefined) return undefined;
  if (rule.leadsTo === undefined) return { permission, severity: own };
  const leads = reach.from(subject, scope, match);
  return { permission, severity: leads.reach === undefined ? own : worse(own, leads.reach.severity), ...leads };
}

/**
 * Nearly every rule is about something that a wildcard of resources includes. What is no worse than the wildcard itself
 * would only make its finding longer; in one group of resources that is what is low.
 */
function repeatsWildcard(evidence: Evidence, rule: PermissionRule, scope: string, { wildcard }: RuleSet): boolean {
  const { permission, severity, unknown } = evidence;
  if (permission.resource !== "*" || rule.shape !== undefined || !wildcard?.shape?.(permission)) return false;
  // The wildcard leads nowhere by itself, so that a way, even one that is not known, is told by the rule alone.
  if (unknown !== undefined) return false;
  const own = severityInScope(wildcard, scope) ?? "low";
  return severityRank(severity) <= severityRank(permission.group === "*" ? own : "low");
}

const distinct = (subjects: readonly Subject[]) =>
  subjects.length === 1
    ? subjects
    : [...new Map(subjects.map((subject) => [subjectKey(subject), subject] as const)).values()];
