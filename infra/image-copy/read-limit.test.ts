import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { untilReadMore } from "./read-limit.ts";

const never = new AbortController().signal;
const timer = { now: () => 0, sleep: async (_: number, signal?: AbortSignal) => signal?.throwIfAborted() };

it("ends once a process has read more, and not before", async () => {
  const seen = [10, 100, 101];
  const asked: number[] = [];
  const read = async (pid: number) => {
    asked.push(pid);
    return seen[asked.length - 1] ?? 0;
  };
  await untilReadMore(7, 100, never, { read, timer });
  expect(asked).toEqual([7, 7, 7]);
});

it("ends with the process that it watches", async () => {
  const ended = new AbortController();
  const read = async () => {
    ended.abort();
    return 0;
  };
  await expect(untilReadMore(7, 100, ended.signal, { read, timer })).rejects.toMatchObject({ name: "AbortError" });
});

it.runIf(process.platform === "linux")("sees what a real process reads", async () => {
  const reader = spawn("sh", ["-c", "exec cat /dev/zero > /dev/null"]);
  try {
    await untilReadMore(reader.pid ?? 0, 100 * 1024 * 1024, AbortSignal.timeout(60_000));
  } finally {
    reader.kill();
  }
});
