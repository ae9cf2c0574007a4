import type { Edge, Graph, Ways } from "./graph.ts";
import type { Step } from "./question.ts";

/** A way to an end, edge by edge. */
export interface Way {
  readonly edges: readonly Pick<Edge, "to" | "by">[];
  /** Number of the node that it ends in. */
  readonly end: number;
}

/**
 * The shortest way that begins with one of several steps.
 *
 * @param own node of who takes the step: a way that comes back to it leads nowhere new
 */
export function nearestWay(graph: Graph, ways: Ways, steps: readonly Step[], own: number | undefined): Way | undefined {
  let best: Way | undefined;
  let shortest = Number.POSITIVE_INFINITY;
  for (const step of steps) {
    const distance = ways.distance(step.to);
    if (distance === undefined || distance >= shortest) continue;
    const found = follow(graph, ways, step, own);
    if (found === undefined) continue;
    best = found;
    shortest = distance;
  }
  return best;
}

function follow(graph: Graph, ways: Ways, first: Step, own: number | undefined): Way | undefined {
  const edges: Pick<Edge, "to" | "by">[] = [first];
  let at = first.to;
  for (let edge = ways.next(at); edge !== undefined && at !== own; edge = ways.next(at)) {
    edges.push(edge);
    at = edge.to;
  }
  if (at !== own) return { edges, end: at };
  const isSet = graph.nodes[first.to]?.label === "";
  return isSet ? aside(graph, ways, first, own) : undefined;
}

/** A way through another member of a set, where the nearest one comes back. */
function aside(graph: Graph, ways: Ways, first: Step, own: number | undefined): Way | undefined {
  const found = nearestWay(graph, ways, graph.edgesFrom(first.to), own);
  return found === undefined ? undefined : { ...found, edges: [first, ...found.edges] };
}
