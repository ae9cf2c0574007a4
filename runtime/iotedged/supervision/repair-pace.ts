import { type Clock, createBackoff } from "#base";

/** Says when the next repair may be made: the first at once, repeated ones after growing pauses. */
export interface RepairPace {
  /** Milliseconds to wait before a repair; not positive when it may be made now. */
  wait(): number;
  /** Told of each repair. */
  repaired(): void;
}

/** After so many milliseconds without a repair, the next one is a first one again. */
const calm = 120_000;

export function createRepairPace(clock: Clock, random: () => number): RepairPace {
  const backoff = createBackoff({ random, base: 2000, cap: 60_000 });
  let last = Number.NEGATIVE_INFINITY;
  let next = Number.NEGATIVE_INFINITY;
  return {
    wait: () => next - clock.now(),
    repaired: () => {
      if (clock.now() - last > calm) backoff.reset();
      last = clock.now();
      next = last + backoff.next();
    },
  };
}
