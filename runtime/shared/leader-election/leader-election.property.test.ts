import fc from "fast-check";
import { expect, it } from "vitest";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { FakeLeaseStore } from "../../../test/fakes/lease-store.ts";
import type { Clock } from "../../base/clock.ts";
import { createLogger } from "../logger.ts";
import { joinElection, type Term } from "./leader-election.ts";
import type { LeaseStore } from "./lease.ts";

const log = createLogger({ component: "test", level: "silent" });
const step = 500;

/** What goes wrong in one process at one time. */
const trouble = fc.record({
  process: fc.nat(2),
  at: fc.integer({ min: 0, max: 90_000 }),
  for: fc.integer({ min: 1000, max: 40_000 }),
  kind: fc.constantFrom("asleep", "cut off before the server", "cut off after the server", "restarts"),
});
type Trouble = { process: number; at: number; for: number; kind: string };

const run = fc.record({
  offsets: fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 3, maxLength: 3 }),
  troubles: fc.array(trouble, { maxLength: 8 }),
  /** Drives latencies and jitter. */
  noise: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 7, maxLength: 31 }),
  slowest: fc.integer({ min: 1, max: 9000 }),
});

interface Plan {
  readonly offsets: readonly number[];
  readonly troubles: readonly Trouble[];
  readonly noise: readonly number[];
  readonly slowest: number;
}

/** Three processes, each with its own clock, that share a Lease over a bad network. */
function createWorld({ offsets, troubles, noise, slowest }: Plan) {
  const base = new FakeClock(0);
  const store = new FakeLeaseStore();
  const terms: (Term | undefined)[] = [];
  const stops = new Map<number, () => Promise<void>>();
  let turn = 0;
  const random = () => noise[turn++ % noise.length] ?? 0;
  const during = (process: number, kind: string) =>
    troubles.find((one) => {
      const isNow = one.at <= base.now() && base.now() < one.at + one.for;
      return isNow && one.process === process && one.kind === kind;
    });

  /** What a process that sleeps should have done, it does when it wakes. */
  function awake(process: number, action: () => void): void {
    const sleep = during(process, "asleep");
    if (sleep === undefined) action();
    else base.after(sleep.at + sleep.for - base.now(), action);
  }

  function clockOf(process: number): Clock {
    const offset = offsets[process] ?? 0;
    return {
      now: () => base.now() + offset,
      after: (milliseconds, action) => {
        let isOff = false;
        const cancel = base.after(milliseconds, () => awake(process, () => isOff || action()));
        return () => {
          isOff = true;
          cancel();
        };
      },
    };
  }

  function networkOf(process: number): LeaseStore {
    const wait = () => new Promise<void>((resolve) => void base.after(random() * slowest, resolve));
    async function call<T>(serve: () => Promise<T>): Promise<T> {
      await wait();
      if (during(process, "cut off before the server")) throw new Error("not reached");
      const answer = serve().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      await wait();
      const result = await answer;
      if (during(process, "cut off after the server")) throw new Error("no answer");
      await new Promise<void>((resolve) => awake(process, resolve));
      if ("error" in result) throw result.error;
      return result.value;
    }
    /** As a real client: gives up when it is told to, while the request goes on. */
    const abortable = <T>(answer: Promise<T>, signal: AbortSignal) =>
      Promise.race([answer, new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal)))]);
    return {
      blank: store.blank,
      get: (signal) =>
        abortable(
          call(() => store.get()),
          signal,
        ),
      put: (lease, signal) =>
        abortable(
          call(() => store.put(lease)),
          signal,
        ),
    };
  }

  function start(process: number): void {
    let isKilled = false;
    const lead = async (term: Term) => {
      if (isKilled) return;
      terms[process] = term;
      await term.ended;
    };
    const clock = clockOf(process);
    const identity = `process ${process} since ${base.now()}`;
    const election = joinElection({ leases: networkOf(process), identity, lead, clock, random, log });
    stops.set(process, () => election.stop());
    for (const { at, ...one } of troubles) {
      if (one.process !== process || one.kind !== "restarts" || at <= base.now()) continue;
      base.after(at - base.now(), () => {
        if (isKilled) return;
        isKilled = true;
        void election.stop().then(() => start(process));
      });
    }
  }

  const leaders = () => terms.filter((term) => term?.valid).length;
  offsets.forEach((_, process) => {
    start(process);
  });
  return { base, leaders, stop: () => Promise.all([...stops.values()].map((end) => end())) };
}

it("never makes two processes leaders at once, and always one in the end", async () => {
  await fc.assert(
    fc.asyncProperty(run, async (plan) => {
      const { base, leaders, stop } = createWorld(plan);
      for (let now = 0; now < 130_000; now += step) {
        await base.advance(step);
        expect(leaders()).toBeLessThanOrEqual(1);
      }
      if (plan.slowest <= 2000) {
        await base.advance(60_000);
        expect(leaders()).toBe(1);
      }
      const stopped = stop();
      await base.advance(60_000);
      await stopped;
      await settle();
    }),
    { numRuns: 200 },
  );
}, 120_000);
