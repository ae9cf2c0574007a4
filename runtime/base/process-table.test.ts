import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type ProcessStat, parseStat, readStat, withDescendants } from "./process-table.ts";
import { waitFor } from "./wait.ts";

const line = (command: string, state = "S") => `4711 (${command}) ${state} 7 ${"0 ".repeat(17)}987654 1 2 3\n`;

describe("parseStat", () => {
  it("reads pid, parent, state and start time", () => {
    expect(parseStat(line("kubelet"))).toEqual({ pid: 4711, parent: 7, state: "S", startTime: "987654" });
  });

  it("reads them whatever the command is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 32 }), (command) => {
        expect(parseStat(line(command))?.startTime).toBe("987654");
      }),
    );
  });

  it("never throws, and takes no half line", () => {
    fc.assert(fc.property(fc.string(), (text) => parseStat(text) === undefined || text.includes(")")));
    expect(parseStat("4711 (kubelet) S 7 0 0")).toBeUndefined();
  });
});

describe("readStat", () => {
  it("finds this process", () => {
    expect(readStat(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
  });

  it("finds no process that cannot be", () => {
    expect(readStat(2 ** 30)).toBeUndefined();
  });
});

describe("readStat of many threads", () => {
  const program = `
    #include <pthread.h>
    #include <unistd.h>
    static void *other(void *none) { close(1); pause(); return none; }
    int main(void) { pthread_t id; pthread_create(&id, 0, other, 0); pthread_exit(0); }`;
  const directory = mkdtempSync(join(tmpdir(), "edge-threads-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  it("takes a process for running while only its first thread has ended", async () => {
    const path = join(directory, "threads");
    execFileSync("gcc", ["-pthread", "-x", "c", "-o", path, "-"], { input: program });
    const child = spawn(path, { stdio: ["ignore", "pipe", "ignore"] });
    const pid = child.pid ?? 0;
    try {
      await once(child.stdout.resume(), "end");
      await waitFor(async () => readStat(pid)?.state === "Z" || undefined, { timeout: 60 });
      expect(readStat(pid)).toMatchObject({ pid, state: "Z" });
    } finally {
      child.kill("SIGKILL");
    }
    await once(child, "exit");
    expect(readStat(pid)).toBeUndefined();
  });
});

describe("withDescendants", () => {
  const each = (pid: number, parent: number): ProcessStat => ({ pid, parent, state: "S", startTime: "1" });
  const all = [each(1, 0), each(10, 1), each(11, 10), each(12, 11), each(20, 1)];

  it("adds children and their children, before their parents", () => {
    expect(withDescendants([10], all)).toEqual([12, 11, 10]);
  });

  it("names each process once", () => {
    expect(withDescendants([11, 10, 12], all).toSorted()).toEqual([10, 11, 12]);
  });
});
