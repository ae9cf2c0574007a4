import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { endProcess } from "./end-process.ts";
import { isRunning, type ProcessRecord, recordOf } from "./process-record.ts";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function start(program: string): Promise<{ child: ChildProcess; record: ProcessRecord }> {
  const child = spawn(process.execPath, ["-e", `${program}; console.log("up"); setInterval(() => {}, 1000)`]);
  children.push(child);
  await once(child.stdout, "data");
  const record = recordOf(child.pid ?? 0);
  if (!record) throw new Error("the child ended at once");
  return { child, record };
}

describe("endProcess", () => {
  it("lets a process end by itself", async () => {
    const { child, record } = await start(`process.on("SIGTERM", () => process.exit(7))`);
    const exit = once(child, "exit");
    await endProcess(record, 60_000);
    expect(await exit).toEqual([7, null]);
  });

  it("kills one that does not", async () => {
    const { child, record } = await start(`process.on("SIGTERM", () => {})`);
    const exit = once(child, "exit");
    await endProcess(record, 20);
    expect(await exit).toEqual([null, "SIGKILL"]);
  });

  it("leaves a process alone that got the recorded one's pid", async () => {
    const { record } = await start("");
    await endProcess({ pid: record.pid, startTime: "1" }, 10);
    expect(isRunning(record)).toBe(true);
  });
});
