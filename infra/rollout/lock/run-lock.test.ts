import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Processes, type ProcessOwner, systemProcesses } from "../../../runtime/base/locks/process-owner.ts";
import { acquireRunLock, isCarriedOut } from "./run-lock.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-lock-"));
});
afterEach(() => rm(directory, { recursive: true }));

function processOf(pid: number, alive: readonly number[], host = "here"): Processes {
  const self = { host, pid, startTime: String(pid), bootId: "boot" };
  return { self, isAlive: ({ pid: other }: ProcessOwner) => alive.includes(other) };
}

describe("acquireRunLock", () => {
  it("lets one process in, and the next one when it has left", async () => {
    const lock = await acquireRunLock(directory, "run", processOf(1, [1, 2]));
    expect(await acquireRunLock(directory, "run", processOf(2, [1, 2]))).toBeUndefined();
    await lock?.release();
    expect(await acquireRunLock(directory, "run", processOf(2, [1, 2]))).toBeDefined();
  });

  it("tells whether a process carries the run out, as far as this machine knows", async () => {
    expect(await isCarriedOut(directory, processOf(2, [2]))).toBe(false);
    const lock = await acquireRunLock(directory, "run", processOf(1, [1]));
    expect(await isCarriedOut(directory, processOf(2, [1, 2]))).toBe(true);
    expect(await isCarriedOut(directory, processOf(2, [2]))).toBe(false);
    expect(await isCarriedOut(directory, processOf(2, [2], "there"))).toBe(true);
    await lock?.release();
    expect(await isCarriedOut(directory, processOf(2, [1, 2], "there"))).toBe(false);
  });

  it("takes over from a process that no longer runs", async () => {
    await acquireRunLock(directory, "run", processOf(1, []));
    expect(await acquireRunLock(directory, "run", processOf(2, [2]))).toBeDefined();
    expect(await acquireRunLock(directory, "run", processOf(3, [2, 3]))).toBeUndefined();
    expect(await readdir(directory)).toEqual(["lock-2"]);
  });

  it("lets one of many in that find the lock of a process that no longer runs", async () => {
    await acquireRunLock(directory, "run", processOf(1, []));
    const pids = Array.from({ length: 20 }, (_, index) => index + 2);
    const locks = await Promise.all(pids.map((pid) => acquireRunLock(directory, "run", processOf(pid, pids))));
    // All may have stepped back, but never do two go ahead.
    expect(locks.filter((lock) => lock !== undefined).length).toBeLessThanOrEqual(1);
  });

  it("does not judge processes of other machines", async () => {
    await acquireRunLock(directory, "run", processOf(1, []));
    await expect(acquireRunLock(directory, "run", processOf(2, [], "there"))).rejects.toMatchObject({
      code: "EDGE_ROLLOUT_RUN_LOCKED",
      message: "run run is being carried out by process 1 on here",
    });
  });

  it("does not mind a lock file that says nothing", async () => {
    await writeFile(join(directory, "lock-7"), "{}");
    expect(await acquireRunLock(directory, "run", processOf(1, [1]))).toBeDefined();
  });
});

describe("systemProcesses", () => {
  it("tells processes that run from those that have ended, and from later ones with their pid", async () => {
    const { self, isAlive } = systemProcesses();
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, bootId: "another" })).toBe(false);
    expect(isAlive({ ...self, startTime: "1" })).toBe(false);
    const child = spawn("true");
    await once(child, "close");
    expect(isAlive({ ...self, pid: child.pid ?? 0 })).toBe(false);
  });
});
