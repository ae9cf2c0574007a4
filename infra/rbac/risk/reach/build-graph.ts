import { describeObject, type Role } from "../../model/objects.ts";
import type { PowerIndex } from "../../model/power.ts";
import { describeSubject, type Subject, serviceAccountsGroup } from "../../model/subject.ts";
import { isControlPlane } from "../control-plane.ts";
import { isEverything, type Match, type MatchesOf } from "../matches.ts";
import { severityOf } from "../severity-of.ts";
import { Graph, type Level, levels, type NodePower } from "./graph.ts";
import { type HeldRole, type Holder, subjectHolder } from "./holder.ts";
import type { Step, TargetContext } from "./question.ts";
import { Sets } from "./sets.ts";
import { stepsOf } from "./targets.ts";

/** Who can come to act as whom in one state. */
export interface StateGraph {
  readonly graph: Graph;
  /** @returns undefined for somebody whom no binding names */
  nodeOf(key: string): number | undefined;
  /** @param key of the subject, as `subjectKey` makes it */
  stepsFrom(key: string, subject: Subject, scope: string, match: Match): readonly Step[];
}

/** One node for each subject of a binding, and for each role and set that steps lead to. */
export function buildGraph(index: PowerIndex, matchesOf: MatchesOf): StateGraph {
  const graph = new Graph();
  const sets = new Sets(graph, index);
  const holders = new Map<string, Holder>();
  const context: TargetContext = { index, sets, roleIn, everythingIn, borrowed, setOf };
  for (const [key, subject] of sets.subjects) {
    const held = (index.powerOf(key)?.grants ?? []).map(({ binding, role }) => ({ role, scope: binding.namespace }));
    graph.node(key, () => ({ label: describeSubject(subject), ...worstPower(held, subject, matchesOf) }));
  }
  for (const [key, subject] of sets.subjects) growSubject(key, subject);
  return {
    graph,
    nodeOf: (key) => graph.find(key),
    stepsFrom: (key, subject, scope, match) => stepsOf(context, holderOf(key, subject), match, scope),
  };

  function holderOf(key: string, subject: Subject): Holder {
    const holder = holders.get(key) ?? subjectHolder(index, key, subject);
    holders.set(key, holder);
    return holder;
  }

  function growSubject(key: string, subject: Subject): void {
    const number = graph.find(key);
    if (number === undefined) return;
    if (subject.kind === "ServiceAccount") {
      for (const group of [serviceAccountsGroup, `${serviceAccountsGroup}:${subject.namespace}`])
        for (const to of sets.subject(`Group ${group}`)) graph.connect(number, to, "");
    }
    const holder = holderOf(key, subject);
    for (const { binding, role } of index.powerOf(key)?.grants ?? []) grow(number, holder, role, binding.namespace);
  }

  function grow(number: number, holder: Holder, role: Role, scope: string): void {
    for (const match of matchesOf(role))
      for (const { to, by } of stepsOf(context, holder, match, scope)) graph.connect(number, to, by);
  }

  function roleIn(role: Role, scope: string): number {
    const label = `${describeObject(role)}${role.kind === "ClusterRole" && scope !== "" ? ` in ${scope}` : ""}`;
    const held = [{ role, scope }];
    return graph.node(
      `role ${describeObject(role)} ${scope}`,
      () => ({ label, ...worstPower(held, nobody, matchesOf) }),
      (number) => grow(number, { roles: held }, role, scope),
    );
  }

  function borrowed(key: string, who: Subject | string, roles: () => readonly HeldRole[], doubt?: string): number {
    const known = graph.find(key);
    if (known !== undefined) return known;
    const held = roles();
    const label = typeof who === "string" ? who : describeSubject(who);
    return graph.node(
      key,
      () => ({
        label,
        ...worstPower(held, typeof who === "string" ? nobody : who, matchesOf),
        ...(doubt === undefined ? {} : { doubt }),
      }),
      (number) => {
        for (const { role, scope } of held) grow(number, { roles: held, isBorrowed: true }, role, scope);
      },
    );
  }

  function setOf(key: string, members: readonly (() => number)[], like?: number): number {
    const { unknown } = graph.nodes[like ?? -1] ?? {};
    return graph.node(
      key,
      () => ({ label: "", ...(unknown === undefined ? {} : { unknown }) }),
      (number) => {
        for (const member of members) graph.connect(number, member(), "");
      },
    );
  }

  function everythingIn(scope: string): number {
    const text = scope === "" ? "cluster-admin" : `everything in ${scope}`;
    const level: Level = scope === "" ? "cluster-admin" : isControlPlane(scope) ? "critical" : "high";
    return graph.node(
      `everything ${scope}`,
      () => ({ label: text, power: { text, level } }),
      (number) => graph.connect(number, sets.accounts(scope), scope === "" ? "create pods" : `create pods in ${scope}`),
    );
  }
}

const nobody: Subject = { kind: "User", namespace: "", name: "" };

/** The worst of what roles allow by themselves. */
function worstPower(held: readonly HeldRole[], subject: Subject, matchesOf: MatchesOf): { readonly power?: NodePower } {
  let worst: NodePower | undefined;
  for (const { role, scope } of held) {
    for (const { rule, permission } of matchesOf(role)) {
      const severity = severityOf(rule, permission, subject, scope);
      if (severity === undefined) continue;
      const level: Level = isEverything(rule) && scope === "" ? "cluster-admin" : severity;
      if (rank(level) >= rank(worst?.level)) continue;
      const text = level === "cluster-admin" ? level : `${rule.title} ${scope === "" ? "everywhere" : `in ${scope}`}`;
      worst = { level, text };
    }
  }
  return worst === undefined ? {} : { power: worst };
}

/** From 0 for the worst on; what is no level comes last. */
function rank(level: Level | undefined): number {
  const found = levels.indexOf(level as (typeof levels)[number]);
  return found < 0 ? levels.length : found;
}
