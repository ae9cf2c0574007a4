import type { Role } from "../model/objects.ts";
import { type Permission, PermissionSet, permissionKey } from "../model/permission.ts";
import { type PowerIndex, pathOf } from "../model/power.ts";
import { describeSubject, type Subject, subjectKey } from "../model/subject.ts";
import { neededByInstallations } from "./checks/installation.ts";
import { type Finding, fingerprintOf } from "./finding.ts";
import type { PermissionRule } from "./rule.ts";
import { type RuleSet, standardRules } from "./rule-set.ts";
import { lowered, raised, type Severity, severityRank, worse } from "./severity.ts";

/** Groups whose members are not chosen one by one. */
const wideGroups = new Set([
  "Group system:authenticated",
  "Group system:unauthenticated",
  "Group system:serviceaccounts",
]);
const everything = "everything";

/**
 * Judges a whole state by all rules. What the API server grants by itself is judged only where somebody changed it.
 *
 * @returns worst first
 */
export function assess(index: PowerIndex, rules: RuleSet = standardRules): Finding[] {
  const { cluster } = index.state;
  const general = rules.checks.flatMap((check) =>
    check.find(index).map((one) => ({ ...one, severity: rules.severityOf(check, one), rule: check, cluster })),
  );
  return [...permissionFindings(index, rules), ...general].sort(compareFindings);
}

export function compareFindings(a: Finding, b: Finding): number {
  const key = ({ rule, cluster, about, scope }: Finding) => `${rule.id} ${cluster} ${about} ${scope}`;
  return severityRank(b.severity) - severityRank(a.severity) || (key(a) < key(b) ? -1 : 1);
}

interface Match {
  readonly rule: PermissionRule;
  readonly permission: Permission;
}

function permissionFindings(index: PowerIndex, rules: RuleSet): Iterable<Finding> {
  const { state } = index;
  const isNeeded = neededByInstallations(index);
  const matches = new Map<Role, readonly Match[]>();
  const matchesOf = (role: Role) => {
    const known = matches.get(role) ?? [...index.permissionsOfRole(role)].flatMap((one) => matchPermission(one, rules));
    matches.set(role, known);
    return known;
  };
  const findings = new Map<string, Finding>();
  for (const binding of state.bindings) {
    const role = state.roleOf(binding);
    if (role === undefined || binding.origin.builtin === true || matchesOf(role).length === 0) continue;
    const path = pathOf(binding, role);
    for (const subject of distinct(binding.subjects)) {
      for (const { rule, permission } of matchesOf(role)) {
        const severity = severityOf(rule, permission, subject, binding.namespace);
        if (severity === undefined || repeatsWildcard(severity, rule, permission, binding.namespace, rules)) continue;
        if (isNeeded(subject, binding.namespace, permission)) continue;
        const about = describeSubject(subject);
        merge(findings, {
          rule,
          severity,
          cluster: state.cluster,
          about,
          scope: binding.namespace,
          permissions: [permission],
          paths: [path],
          origin: Object.keys(binding.origin).length > 0 ? binding.origin : role.origin,
        });
      }
    }
  }
  return findings.values();
}

/** One finding that says "everything" says all that the others would. */
function matchPermission(permission: Permission, rules: RuleSet): Match[] {
  const matching = rules.matching(permission);
  const all = matching.filter(({ id }) => id === everything);
  return (all.length > 0 ? all : matching).map((rule) => ({ rule, permission }));
}

/**
 * Nearly every rule is about something that a wildcard of resources includes. What is no worse than the wildcard itself
 * would only make its finding longer; in one group of resources that is what is low.
 */
function repeatsWildcard(
  severity: Severity,
  rule: PermissionRule,
  permission: Permission,
  scope: string,
  { wildcard }: RuleSet,
): boolean {
  if (permission.resource !== "*" || rule.shape !== undefined || !wildcard?.shape?.(permission)) return false;
  const own = scope === "" ? wildcard.severity : (wildcard.namespaced ?? "low");
  return severityRank(severity) <= severityRank(permission.group === "*" ? own : "low");
}

/**
 * Risk times scope times who holds it. A name narrows it by one step, unless it is one that means as much as all; a group
 * of everyone widens it by one.
 */
function severityOf(
  rule: PermissionRule,
  permission: Permission,
  subject: Subject,
  scope: string,
): Severity | undefined {
  const wide = scope === "" || rule.sensitiveNamespaces?.includes(scope);
  const base = wide ? rule.severity : rule.namespaced;
  if (base === undefined || (permission.url !== "" && scope !== "")) return undefined;
  const isNarrow = permission.name !== "" && !rule.sensitiveNames?.includes(permission.name);
  const named = isNarrow ? lowered(base) : base;
  return wideGroups.has(subjectKey(subject)) ? raised(named) : named;
}

function merge(findings: Map<string, Finding>, finding: Finding): void {
  const key = `${finding.rule.id}\n${finding.about}\n${finding.scope}`;
  const known = findings.get(key);
  if (known === undefined) {
    findings.set(key, finding);
    return;
  }
  const severity = worse(known.severity, finding.severity);
  const permissions = uniqueBy([...known.permissions, ...finding.permissions], permissionKey);
  const paths = uniqueBy([...known.paths, ...finding.paths], ({ binding }) => binding);
  findings.set(key, { ...known, severity, permissions, paths });
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

const distinct = (subjects: readonly Subject[]) => uniqueBy(subjects, subjectKey);

/**
 * Findings of the head that the base does not have, or has with fewer permissions or less severity. What remains of a
 * wider permission is nothing new, even if another rule found that one.
 */
export function introducedFindings(base: readonly Finding[], head: readonly Finding[]): Set<Finding> {
  const before = new Map(base.map((finding) => [fingerprintOf(finding), finding]));
  const held = riskyPermissions(base);
  return new Set(
    head.filter((finding) => {
      const old = before.get(fingerprintOf(finding));
      if (old !== undefined && severityRank(finding.severity) > severityRank(old.severity)) return true;
      if (finding.permissions.length === 0) return old === undefined;
      const sets = [finding.scope, ""].map((scope) => held.get(placeOf(finding, scope)));
      return !finding.permissions.every((permission) => sets.some((set) => set?.covers(permission)));
    }),
  );
}

/** What the findings are about, by who holds it in which scope. */
function riskyPermissions(findings: readonly Finding[]): ReadonlyMap<string, PermissionSet> {
  const groups = Map.groupBy(findings, (finding) => placeOf(finding, finding.scope));
  return new Map(
    [...groups].map(([place, group]) => [place, new PermissionSet(group.flatMap(({ permissions }) => permissions))]),
  );
}

const placeOf = ({ cluster, about }: Finding, scope: string) => JSON.stringify([cluster, about, scope]);
