import type { PowerIndex } from "../../model/power.ts";
import { type Subject, subjectKey } from "../../model/subject.ts";
import type { Match, MatchesOf } from "../matches.ts";
import type { Severity } from "../severity.ts";
import { buildGraph } from "./build-graph.ts";
import { levels, severityOfLevel, shortestWays } from "./graph.ts";
import { nearestWay, type Way } from "./nearest-way.ts";
import type { Step } from "./question.ts";

/** Where a permission leads its holder: the worst power that it comes to, by the shortest way. */
export interface Reach {
  readonly severity: Severity;
  /** `cluster-admin`, `reading Secrets everywhere`. */
  readonly power: string;
  readonly steps: readonly ReachStep[];
}

export interface ReachStep {
  /** `create jobs.batch in ci`; empty for what is so without doing anything, such as to be in a group. */
  readonly by: string;
  /** Who one acts as after it: `ServiceAccount ci/deployer`; empty where that is the power itself. */
  readonly to: string;
}

export interface Leads {
  readonly reach?: Reach;
  /** Where the way ends because the source does not tell what comes next. */
  readonly unknown?: string;
}

/** Where permissions lead to in one state. */
export interface ReachIndex {
  /** @param scope in which the permission counts; empty: everywhere */
  from(holder: Subject, scope: string, match: Match): Leads;
}

/** Builds the graph of a state and looks for the shortest ways in it, once for all of its holders. */
export function indexReach(index: PowerIndex, matchesOf: MatchesOf): ReachIndex {
  const { graph, nodeOf, stepsFrom } = buildGraph(index, matchesOf);
  const waysTo = levels.map((level) => ({ level, ways: shortestWays(graph, ({ power }) => power?.level === level) }));
  const waysToUnknown = shortestWays(graph, ({ unknown }) => unknown !== undefined);
  return {
    from(subject, scope, match) {
      const key = subjectKey(subject);
      const steps = stepsFrom(key, subject, scope, match);
      const own = nodeOf(key);
      // An administrator of the cluster comes to nothing more.
      if (own !== undefined && graph.nodes[own]?.power?.level === "cluster-admin") return {};
      const reach = worstOf(steps, own);
      // Nothing can be worse, so that it does not matter what is not known.
      return reach?.severity === "critical" ? { reach } : { ...(reach && { reach }), ...unknownOf(steps, own) };
    },
  };

  function worstOf(steps: readonly Step[], own: number | undefined): Reach | undefined {
    for (const { level, ways } of waysTo) {
      const way = nearestWay(graph, ways, steps, own);
      if (way === undefined) continue;
      const power = graph.nodes[way.end]?.power?.text ?? "";
      return { severity: severityOfLevel(level), power, steps: stepsTo(power, way) };
    }
    return undefined;
  }

  function unknownOf(steps: readonly Step[], own: number | undefined): Pick<Leads, "unknown"> {
    const way = nearestWay(graph, waysToUnknown, steps, own);
    if (way === undefined) {
      const [doubt] = steps.flatMap(({ to }) => graph.nodes[to]?.doubt ?? []);
      return doubt === undefined ? {} : { unknown: doubt };
    }
    const told = stepsAlong(way).flatMap(({ by, to }) => (by === "" ? [to] : [by, to]));
    const end = graph.nodes[way.end]?.unknown ?? "";
    if (told.length === 0) return { unknown: end };
    // It ends in a set, so that what was done to come to it stands last.
    const last = way.edges.findLast(({ by }) => by !== "")?.by ?? "";
    return { unknown: [...told, last, end].join(" -> ") };
  }

  function stepsTo(power: string, way: Way): ReachStep[] {
    const steps = stepsAlong(way);
    const last = steps.at(-1);
    return last?.to === power ? [...steps.slice(0, -1), { ...last, to: "" }] : steps;
  }

  /** Sets are left out of what is told. */
  function stepsAlong({ edges }: Way): ReachStep[] {
    const steps: ReachStep[] = [];
    let by = "";
    for (const edge of edges) {
      by = edge.by || by;
      const to = graph.nodes[edge.to]?.label ?? "";
      if (to === "") continue;
      steps.push({ by, to });
      by = "";
    }
    return steps;
  }
}
