import type { Outcome } from "../../model/outcome.ts";
import type { Random } from "./random.ts";

/** A cluster as it really is, whatever the journal says. */
export interface RealCluster {
  /** Revision that runs there: the old one, the new one, or something in between. */
  revision: "old" | "half" | "new";
  /** Work that writes to it and goes on right now. */
  writing: number;
  writes: number;
  /** Whether its modules run with the new revision. */
  readonly sound: boolean;
  /** Whether the new revision is what it has already. */
  readonly same: boolean;
  readonly flaky: number;
  readonly downFrom: number;
  readonly downUntil: number;
}

const failure = { code: "EDGE_TEST", message: "it went wrong", remedy: "Try again." };
export const failed = { outcome: "failed", failure } as const;
export const unreachable = { outcome: "unreachable", failure } as const;

/** A fleet in which some clusters are broken, some are away for a while, and some fail now and then. */
export class World {
  readonly clusters = new Map<string, RealCluster>();
  readonly #random: Random;

  constructor(random: Random, names: Iterable<string>) {
    this.#random = random;
    const trouble = random.pick([0, 0.02, 0.1, 0.3]) ?? 0;
    for (const name of names) this.clusters.set(name, this.#newCluster(trouble));
  }

  #newCluster(trouble: number): RealCluster {
    const random = this.#random;
    const isAway = random.chance(trouble);
    const downFrom = isAway ? random.between(0, 600_000) : 0;
    const same = random.chance(0.05);
    return {
      revision: same ? "new" : "old",
      writing: 0,
      writes: 0,
      sound: !random.chance(trouble / 2),
      same,
      flaky: random.chance(trouble) ? 0.2 : 0,
      downFrom,
      downUntil: isAway ? downFrom + random.between(1000, 1_500_000) : 0,
    };
  }

  get(name: string): RealCluster {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) throw new Error(`no cluster ${name}`);
    return cluster;
  }

  /** What becomes of work on the cluster at that time, where it succeeds with `value`. */
  outcome<Value extends object>(name: string, now: number, value: Value): Outcome<Value> {
    const { downFrom, downUntil, flaky } = this.get(name);
    if (now >= downFrom && now < downUntil) return unreachable;
    return this.#random.chance(flaky) ? failed : { outcome: "ok", ...value };
  }
}
