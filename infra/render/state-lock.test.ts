import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemProcesses } from "../../runtime/base/locks/process-owner.ts";
import { takeStateLock } from "./state-lock.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-lock-"));
  file = join(directory, "local.json.lock");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Takes the lock in a process of its own, and is killed with it. */
async function killedWithLock(): Promise<void> {
  const module = join(import.meta.dirname, "state-lock.ts");
  const script = `const { takeStateLock } = await import(${JSON.stringify(module)});
    await takeStateLock(${JSON.stringify(file)}); process.stdout.write("taken"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
}

describe("the lock of a state file", () => {
  it("has one owner at a time, and leaves nothing behind", async () => {
    const release = await takeStateLock(file);
    expect(await takeStateLock(file)).toBeUndefined();
    await release?.();
    const [first, second] = await Promise.all([takeStateLock(file), takeStateLock(file)]);
    expect([first, second].filter((one) => one !== undefined)).toHaveLength(1);
    await (first ?? second)?.();
    expect(await readdir(directory)).toEqual([]);
  });

  it("is taken over from a process that was killed, by one alone", async () => {
    await killedWithLock();
    const taken = await Promise.all(Array.from({ length: 8 }, () => takeStateLock(file)));
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
    await taken.find((one) => one !== undefined)?.();
    expect(await readdir(directory)).toEqual([]);
  });

  it("has one owner, however many want to take it over at the same time, and how often", async () => {
    const gone = JSON.stringify({ ...systemProcesses().self, startTime: "1" });
    for (let count = 0; count < 100; count++) {
      await writeFile(file, gone);
      const taken = await Promise.all(Array.from({ length: 8 }, () => takeStateLock(file)));
      const owners = taken.filter((one) => one !== undefined);
      expect(owners).toHaveLength(1);
      await owners[0]?.();
    }
  });

  it.each([
    ["another machine's", JSON.stringify({ ...systemProcesses().self, host: "elsewhere", startTime: "1" })],
    ["one that says nothing", ""],
    ["one of another shape", '{"pid":-1}'],
  ])("is respected when it is %s", async (_, text) => {
    await writeFile(file, text);
    expect(await takeStateLock(file)).toBeUndefined();
    expect(await readFile(file, "utf8")).toBe(text);
    expect(await readdir(directory)).toHaveLength(1);
  });
});
