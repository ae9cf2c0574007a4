import { type Severity, severityRank } from "../risk/severity.ts";
import type { FindingEntry } from "./model.ts";

/**
 * What many rules say about the same permissions, such as a wildcard, is one risk to who decides about them: first what the
 * permissions are, then what is worst about them.
 *
 * @returns the findings of each risk, in the order of the first of each
 */
export function byRisk(findings: readonly FindingEntry[]): (readonly [FindingEntry, ...FindingEntry[]])[] {
  const groups = [...Map.groupBy(findings, keyOf).values()] as [FindingEntry, ...FindingEntry[]][];
  return groups.map((group) => {
    if (group.length === 1) return group;
    const sorted = group.toSorted((a, b) => rank(b) - rank(a));
    const [form, ...others] = [...sorted.filter(isForm), ...sorted.filter((one) => !isForm(one))];
    return form === undefined ? group : [form, ...others];
  });
}

/** The severity of a risk: that of the worst that is said about it. */
export const worstIn = (findings: readonly FindingEntry[]): Severity =>
  findings.map(({ severity }) => severity as Severity).reduce((a, b) => (severityRank(a) >= severityRank(b) ? a : b));

/** Where a risk leads is told by the worst of it that leads anywhere. */
export function leadingIn(findings: readonly [FindingEntry, ...FindingEntry[]]): FindingEntry {
  const [first] = findings.filter(({ reach }) => reach !== null).toSorted((a, b) => rank(b) - rank(a));
  return first ?? findings.find(({ unknown }) => unknown !== null) ?? findings[0];
}

const rank = ({ severity, reach }: FindingEntry) =>
  severityRank(severity as Severity) * 2 + Number(reach?.power === "cluster-admin");

/** Rules about the form of a permission say what it is. */
const isForm = ({ rule }: FindingEntry) => rule === "wildcard";

function keyOf(finding: FindingEntry): string {
  const { about, rule, scopes, permissions, earlier, leadsFurther, introduced, known, waiver, via, instances } =
    finding;
  const facts = [about, scopes, permissions, earlier, leadsFurther, introduced, known, waiver, via];
  const places = instances.map((one) => [one.cluster, one.about, one.scope, one.origin]);
  return JSON.stringify(permissions.length === 0 ? [rule, ...facts, places] : [...facts, places]);
}
