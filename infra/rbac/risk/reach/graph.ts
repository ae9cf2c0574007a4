import type { Severity } from "../severity.ts";

/** What one can come to act as, or a set of that. */
export interface Node {
  /** As paths write it; empty for a set, which paths leave out. */
  readonly label: string;
  /** The worst that it may do by itself, and how bad that is; undefined: nothing that matters. */
  readonly power?: NodePower;
  /** Why nobody can say what a set leads to; undefined where that is known. */
  readonly unknown?: string;
  /** The same, where it is told only to those who are one step away: it is hardly ever known. */
  readonly doubt?: string;
}

export interface NodePower {
  /** `cluster-admin`, `reading Secrets everywhere`. */
  readonly text: string;
  readonly level: Level;
}

/** How bad a power is. Nothing is worse than to be an administrator of the cluster. */
export type Level = "cluster-admin" | Severity;

/** From the worst on. What is low leads nowhere. */
export const levels = ["cluster-admin", "critical", "high", "medium"] as const satisfies readonly Level[];

export const severityOfLevel = (level: Level): Severity => (level === "cluster-admin" ? "critical" : level);

/** How one comes from one node to the next. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  /** What is done for it, as in `create jobs.batch in ci`; empty for what is so without doing anything. */
  readonly by: string;
}

/** Who can come to act as whom. Each node has a number, counted from 0. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly edges: Edge[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #out: number[][] = [];
  readonly #seen = new Set<string>();

  /**
   * Number of the node with this key.
   *
   * @param make is called when it is new
   * @param grow adds its edges, after it is there: they may lead back to it
   */
  node(key: string, make: () => Node, grow: (number: number) => void = () => {}): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.nodes.length;
    this.#numbers.set(key, number);
    this.nodes.push(make());
    this.#out.push([]);
    grow(number);
    return number;
  }

  find(key: string): number | undefined {
    return this.#numbers.get(key);
  }

  /** Adds an edge, unless there is one between the two. */
  connect(from: number, to: number, by: string): void {
    const key = `${from} ${to}`;
    if (from === to || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#out[from]?.push(this.edges.length);
    this.edges.push({ from, to, by });
  }

  edgesFrom(node: number): readonly Edge[] {
    return (this.#out[node] ?? []).flatMap((edge) => this.edges[edge] ?? []);
  }
}

/** The shortest way from each node to the nearest of some ends. */
export interface Ways {
  /** Number of things to do; undefined where there is no way. */
  distance(node: number): number | undefined;
  /** The first edge of the way; undefined at an end, and where there is no way. */
  next(node: number): Edge | undefined;
}

/** Breadth first, from the ends backwards: each edge is looked at once. What is so without doing anything adds nothing. */
export function shortestWays({ nodes, edges }: Graph, isEnd: (node: Node) => boolean): Ways {
  const into = Map.groupBy(edges, ({ to }) => to);
  const distances = new Map<number, number>();
  const firsts = new Map<number, Edge>();
  const settled = new Set<number>();
  let near = nodes.flatMap((node, number) => (isEnd(node) ? [number] : []));
  for (const number of near) distances.set(number, 0);
  for (let distance = 0; near.length > 0; distance += 1) {
    const far: number[] = [];
    // The list grows while it is walked.
    for (const number of near) {
      if (settled.has(number)) continue;
      settled.add(number);
      for (const edge of into.get(number) ?? []) {
        const next = edge.by === "" ? distance : distance + 1;
        if (next >= (distances.get(edge.from) ?? Number.POSITIVE_INFINITY)) continue;
        distances.set(edge.from, next);
        firsts.set(edge.from, edge);
        (edge.by === "" ? near : far).push(edge.from);
      }
    }
    near = far;
  }
  return { distance: (node) => distances.get(node), next: (node) => firsts.get(node) };
}
