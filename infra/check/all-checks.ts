import type { PolicyRule } from "#contract";
import { afterChecks, lockChecks } from "./after/after-checks.ts";
import { beforeChecks } from "./before/before-checks.ts";
import { serverChecks } from "./before/cluster-checks.ts";
import type { Check } from "./model/check.ts";
import { moduleChecks } from "./module/module-checks.ts";

/** What the documentation says of a check. */
export type CheckEntry = Pick<Check<never>, "id" | "what" | "help" | "rights">;

/** All checks by the command that makes them: docs/check.md and the ClusterRole in it are made from this. */
export const allChecks: Readonly<Record<"before" | "after" | "module", readonly CheckEntry[]>> = {
  before: beforeChecks,
  after: [...serverChecks, ...lockChecks, ...afterChecks],
  module: moduleChecks,
};

/** The rules of a role that sees all that these checks look at, one for each kind. */
export function rulesFor(checks: readonly CheckEntry[]): readonly PolicyRule[] {
  const verbs = new Map<string, { group: string; resource: string; verbs: Set<string> }>();
  for (const { apiGroups, resources, verbs: own } of checks.flatMap(({ rights }) => rights)) {
    const [group = "", resource = ""] = [apiGroups[0], resources[0]];
    const entry = verbs.get(`${group}/${resource}`) ?? { group, resource, verbs: new Set<string>() };
    for (const verb of own) entry.verbs.add(verb);
    verbs.set(`${group}/${resource}`, entry);
  }
  const sorted = [...verbs].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, entry]) => ({
    apiGroups: [entry.group],
    resources: [entry.resource],
    verbs: [...entry.verbs].sort(),
  }));
}
