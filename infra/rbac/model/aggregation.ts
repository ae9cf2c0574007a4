import { selects } from "./label-selector.ts";
import type { PolicyRule, Role } from "./objects.ts";

/** What aggregation makes of a set of ClusterRoles. */
export interface Aggregation {
  /** Effective rules by name of the ClusterRole, for the aggregated ones only. */
  readonly rules: ReadonlyMap<string, readonly PolicyRule[]>;
  /**
   * Names of ClusterRoles that take over each other's rules in a circle *and* state rules of their own. What becomes of
   * those depends on which one the controller visits first; they count as kept here, the larger of both outcomes.
   */
  readonly cycles: readonly (readonly string[])[];
}

/**
 * Works out aggregated ClusterRoles as the controller of the API server does: the rules that such a role states are
 * replaced by the rules of the roles that its selectors choose, itself left out. Where those have no rules at all, the
 * stated ones stay: the controller applies an empty list, and so never comes to own the field.
 */
export function aggregate(clusterRoles: readonly Role[]): Aggregation {
  const aggregated = clusterRoles.filter((role) => role.aggregation !== undefined);
  if (aggregated.length === 0) return { rules: new Map(), cycles: [] };
  const sources = new Map(aggregated.map((role) => [role.name, selectedBy(role, clusterRoles)]));
  const circles = circlesOf(sources);
  const byName = new Map(aggregated.map((role) => [role.name, role]));
  const statesRules = (name: string) => (byName.get(name)?.rules.length ?? 0) > 0;
  return { rules: resolve(byName, sources, circles), cycles: circles.filter((names) => names.some(statesRules)) };
}

function selectedBy(role: Role, clusterRoles: readonly Role[]): readonly Role[] {
  const selectors = role.aggregation ?? [];
  return clusterRoles.filter(
    (other) => other.name !== role.name && selectors.some((selector) => selects(selector, other.labels)),
  );
}

/** Roles of one circle share all that any of them takes over from outside of it. */
function resolve(
  roles: ReadonlyMap<string, Role>,
  sources: ReadonlyMap<string, readonly Role[]>,
  circles: readonly (readonly string[])[],
): Map<string, readonly PolicyRule[]> {
  const circleOf = new Map(circles.flatMap((names) => names.map((name) => [name, names] as const)));
  const resolved = new Map<string, readonly PolicyRule[]>();
  const visit = (name: string): readonly PolicyRule[] => {
    const known = resolved.get(name);
    if (known !== undefined) return known;
    const circle = circleOf.get(name);
    const members = circle ?? [name];
    const chosen = members
      .flatMap((member) => sources.get(member) ?? [])
      .filter((role) => !members.includes(role.name));
    const taken = chosen.flatMap((role) => (role.aggregation === undefined ? role.rules : visit(role.name)));
    const stated = members.flatMap((member) => roles.get(member)?.rules ?? []);
    const rules = circle === undefined ? (taken.length > 0 ? taken : stated) : [...taken, ...stated];
    const distinct = [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
    for (const member of members) resolved.set(member, distinct);
    return distinct;
  };
  for (const name of roles.keys()) visit(name);
  return resolved;
}

/** Groups of aggregated roles that reach each other. */
function circlesOf(sources: ReadonlyMap<string, readonly Role[]>): string[][] {
  const reach = new Map([...sources.keys()].map((name) => [name, reachable(name, sources)]));
  const circles: string[][] = [];
  const placed = new Set<string>();
  for (const [name, targets] of reach) {
    if (placed.has(name) || !targets.has(name)) continue;
    const circle = [...targets].filter((other) => reach.get(other)?.has(name)).sort();
    for (const member of circle) placed.add(member);
    circles.push(circle);
  }
  return circles;
}

function reachable(start: string, sources: ReadonlyMap<string, readonly Role[]>): Set<string> {
  const seen = new Set<string>();
  const queue = [start];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const { name: next } of sources.get(name) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return seen;
}
