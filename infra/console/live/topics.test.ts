import { expect, test } from "vitest";
import type { Timer } from "#base";
import { Topics } from "./topics.ts";

/** A timer whose waits end when a test says so. */
function handTimer() {
  const waiting = new Set<() => void>();
  const timer: Timer = {
    now: () => 0,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        const wake = () => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
        signal?.addEventListener("abort", () => {
          waiting.delete(wake);
          reject(signal.reason);
        });
      }),
  };
  const turn = async () => {
    for (const wake of [...waiting]) wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { timer, turn, waiting };
}

test("one look serves all who watch, and only what has changed is told", async () => {
  const { timer, turn, waiting } = handTimer();
  const topics = new Topics(timer);
  const told: string[] = [];
  const texts = ["a", "a", "b"];
  let looks = 0;
  const topic = { interval: 1, read: async () => texts[Math.min(looks++, 2)] ?? "" };
  const first = topics.watch("key", topic, (text) => told.push(`1${text}`));
  await turn();
  const second = topics.watch("key", topic, (text) => told.push(`2${text}`));
  expect(told).toEqual(["1a", "2a"]);
  await turn();
  await turn();
  expect([told, looks]).toEqual([["1a", "2a", "1b", "2b"], 3]);
  first();
  await turn();
  expect(looks).toBe(4);
  second();
  await turn();
  expect([looks, topics.size, waiting.size]).toEqual([4, 0, 0]);
});

test("what comes when nobody watches any more is told to nobody", async () => {
  const { timer, turn } = handTimer();
  const topics = new Topics(timer);
  const answer = Promise.withResolvers<string>();
  const told: string[] = [];
  const stop = topics.watch("key", { interval: 1, read: () => answer.promise }, (text) => told.push(text));
  stop();
  answer.resolve("late");
  await turn();
  expect(told).toEqual([]);
});
