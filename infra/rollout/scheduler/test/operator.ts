import type { Event } from "../../model/event.ts";
import type { ClusterState } from "../../model/state.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Random } from "./random.ts";

/** Somebody who steers the run, not always wisely. */
export class Operator {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Anything at any time. */
  whim(scheduler: Scheduler, at: number): Event {
    const random = this.#random;
    const cluster = this.#any(scheduler, () => true)?.name ?? "";
    const gate = random.pick([...scheduler.state.gates.keys()]) ?? "";
    const by = random.pick(["ann", "bob"]) ?? "";
    const asked = [
      { type: "paused", at, by, reason: "lunch" },
      { type: "resumed", at, by },
      { type: "approved", at, by, gate },
      { type: "retried", at, by, cluster },
      { type: "skipped", at, by, cluster, reason: "broken" },
      { type: "lockLost", at, cluster, holder: "other" },
    ] as const;
    if (random.chance(0.05)) return { type: "aborted", at, by, reason: "enough" };
    if (random.chance(0.05)) return { type: "rollbackRequested", at, by, reason: "back" };
    return random.pick(asked) ?? asked[0];
  }

  /** What lets a run go on that waits for somebody. */
  goOn(scheduler: Scheduler, at: number): Event {
    if (scheduler.state.pause === undefined) throw new Error("nothing is under way, and nobody is asked for anything");
    return { type: "resumed", at, by: "ann" };
  }

  /** After a run has come to its end. */
  afterwards(scheduler: Scheduler, at: number): Event | undefined {
    const failed = this.#any(scheduler, ({ phase }) => phase === "failed");
    if (failed === undefined || this.#random.chance(0.3)) {
      return { type: "rollbackRequested", at, by: "ann", reason: "back" };
    }
    if (this.#random.chance(0.5)) return { type: "retried", at, by: "ann", cluster: failed.name };
    return { type: "skipped", at, by: "ann", cluster: failed.name, reason: "broken" };
  }

  #any({ state }: Scheduler, which: (cluster: ClusterState) => boolean): ClusterState | undefined {
    return this.#random.pick([...state.clusters.values()].filter(which));
  }
}
