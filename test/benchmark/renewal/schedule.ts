import { setTimeout as sleep } from "node:timers/promises";

/** Something that happens while requests are sent. */
export interface Step {
  /** Seconds after the first request. */
  readonly at: number;
  readonly what: string;
  take(): Promise<void>;
}

/** Steps that come again and again, up to but not at the end; `take` is told how often it was called before. */
export function repeated(
  what: string,
  options: { readonly everySeconds: number; readonly seconds: number },
  take: (index: number) => Promise<void>,
): readonly Step[] {
  const { everySeconds, seconds } = options;
  const count = Math.ceil(seconds / everySeconds) - 1;
  return Array.from({ length: count }, (_, index) => ({
    at: (index + 1) * everySeconds,
    what,
    take: () => take(index),
  }));
}

/** Takes each step at its time, and resolves after `seconds`. */
export async function carryOut(steps: readonly Step[], seconds: number, taken: (step: Step) => void): Promise<void> {
  const start = performance.now();
  const until = (at: number) => sleep(Math.max(0, start + at * 1000 - performance.now()));
  for (const step of steps.toSorted((a, b) => a.at - b.at)) {
    await until(step.at);
    await step.take();
    taken(step);
  }
  await until(seconds);
}
