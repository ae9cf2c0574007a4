import { beforeEach, expect, it } from "vitest";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { createLoop, type Loop } from "./loop.ts";

let clock: FakeClock;
let runs: number[];
let errors: unknown[];
let outcome: () => Promise<boolean>;
let loop: Loop;

beforeEach(() => {
  clock = new FakeClock(0);
  runs = [];
  errors = [];
  outcome = async () => true;
  loop = createLoop({
    run: () => {
      runs.push(clock.now());
      return outcome();
    },
    onError: (error) => errors.push(error),
    clock,
    random: () => 0.5,
    delay: 100,
    resync: 60_000,
  });
});

it("serves triggers that come together by one run", async () => {
  loop.trigger();
  await clock.advance(50);
  loop.trigger();
  await clock.advance(1000);
  expect(runs).toEqual([100]);
});

it("runs once more for what was triggered during a run", async () => {
  let finish: (done: boolean) => void = () => {};
  outcome = () => new Promise((resolve) => (finish = resolve));
  loop.trigger();
  await clock.advance(100);
  loop.trigger();
  loop.trigger();
  await clock.advance(1000);
  expect(runs).toEqual([100]);
  finish(true);
  await settle();
  await clock.advance(1000);
  expect(runs).toEqual([100, 1200]);
});

it("never runs twice at the same time, also when the work itself triggers", async () => {
  let atWork = 0;
  let most = 0;
  outcome = async () => {
    loop.trigger();
    most = Math.max(most, ++atWork);
    await new Promise<void>((resolve) => void clock.after(300, resolve));
    atWork--;
    return true;
  };
  loop.trigger();
  await clock.advance(2000);
  expect(most).toBe(1);
  expect(runs).toEqual([100, 500, 900, 1300, 1700]);
});

it("runs now and then without a trigger", async () => {
  await clock.advance(120_000);
  expect(runs).toEqual([60_000, 120_000]);
});

it("tries again after failures, with pauses that grow, and forgets them after a success", async () => {
  outcome = async () => false;
  loop.trigger();
  await clock.advance(5000);
  expect(runs).toEqual([100, 600, 1600, 3600]);
  outcome = () => Promise.reject(new Error("no"));
  await clock.advance(4000);
  expect(errors).toEqual([new Error("no")]);
  outcome = async () => true;
  await clock.advance(20_000);
  const count = runs.length;
  outcome = async () => false;
  loop.trigger();
  await clock.advance(600);
  expect(runs.slice(count)).toHaveLength(2);
});

it("stops after the run that is under way", async () => {
  let finish: (done: boolean) => void = () => {};
  outcome = () => new Promise((resolve) => (finish = resolve));
  loop.trigger();
  await clock.advance(100);
  const stopped = loop.stop();
  loop.trigger();
  finish(false);
  await stopped;
  await clock.advance(600_000);
  expect(runs).toEqual([100]);
  expect(clock.pending).toBe(0);
});
