import { afterEach, beforeEach, expect, it } from "vitest";
import { createBackoff } from "#base";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import type { TwinDocument } from "./session.ts";
import { followTwin } from "./twin-follower.ts";

let clock: FakeClock;
let ended: AbortController;
let answers: (() => Promise<TwinDocument>)[];
let reads: number;
let told: number[];

beforeEach(() => {
  clock = new FakeClock();
  ended = new AbortController();
  answers = [];
  reads = 0;
  told = [];
});
afterEach(() => ended.abort());

const version = (number: number) => async () => ({ desired: {}, version: number, reported: {} });
const failure = () => Promise.reject(new Error("throttled"));

function follow() {
  return followTwin({
    session: { getTwin: () => (answers[Math.min(reads++, answers.length - 1)] ?? failure)() },
    onTwin: (twin) => void told.push(twin.version),
    backoff: createBackoff({ random: () => 0, least: 2000, base: 4000 }),
    clock,
    signal: ended.signal,
  });
}

it("reads every hour, whatever was told, until the connection ends", async () => {
  answers = [version(1), version(1), version(4)];
  await follow().refresh();
  await clock.advance(2 * 60 * 60_000);
  expect(told).toEqual([1, 1, 4]);
  ended.abort();
  await clock.advance(2 * 60 * 60_000);
  expect(reads).toBe(3);
});

it("reads once more for all that changes while it reads", async () => {
  const { promise, resolve } = Promise.withResolvers<TwinDocument>();
  answers = [version(1), () => promise, version(5)];
  const follower = follow();
  await follower.refresh();
  for (const change of [2, 3, 4, 5]) follower.changed(change);
  resolve({ desired: {}, version: 2, reported: {} });
  await settle();
  expect(told).toEqual([1, 2, 5]);
  follower.changed(5);
  follower.changed(3);
  await settle();
  expect(reads).toBe(3);
});

it("reads again what changed before it was read at first", async () => {
  answers = [version(1), version(2)];
  const follower = follow();
  follower.changed(2);
  await follower.refresh();
  await settle();
  expect(told).toEqual([1, 2]);
});

it("does not ask for ever for a version that the hub does not have", async () => {
  answers = [version(1), version(1)];
  const follower = follow();
  await follower.refresh();
  follower.changed(7);
  await clock.advance(60_000);
  expect(reads).toBe(2);
});

it("tries three times, two seconds apart at least, and then gives up on the connection", async () => {
  answers = [version(1), failure];
  const follower = follow();
  await follower.refresh();
  follower.changed(2);
  await settle();
  await clock.advance(1999);
  expect(reads).toBe(2);
  await clock.advance(1);
  expect(reads).toBe(3);
  await clock.advance(2000);
  await expect(follower.failed).rejects.toThrow("throttled");
  expect(reads).toBe(4);
});
