import { type ChildProcess, spawn } from "node:child_process";
import { access, chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pulumiRunner } from "./run-pulumi.ts";

const patience = { timeout: 30_000, interval: 20 };
const urlOf = (file: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, file)).href);
let directory: string;
let env: NodeJS.ProcessEnv;
let host: ChildProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-pulumi-process-"));
  env = { ...process.env, PATH: [directory, dirname(process.execPath)].join(delimiter) };
});
afterEach(async () => {
  // A fake that still waits ends by this.
  await writeFile(join(directory, "release"), "");
  host?.kill("SIGKILL");
  host = undefined;
  await rm(directory, { recursive: true, force: true, maxRetries: 10 });
});

/** A `pulumi` on the PATH. */
async function fakePulumi(code: string): Promise<void> {
  const file = join(directory, "pulumi");
  await writeFile(file, `#!/usr/bin/env node\n${code}`);
  await chmod(file, 0o755);
}

/** Notes each Ctrl-C as Pulumi would: the first lets it end its work, the second does not. */
const patient = () => `
const { appendFileSync, existsSync } = require("node:fs");
const file = (name) => ${JSON.stringify(directory)} + "/" + name;
let interrupts = 0;
process.on("SIGINT", () => {
  interrupts += 1;
  appendFileSync(file("interrupts"), "x");
  if (interrupts === 2) process.exit(1);
});
appendFileSync(file("started"), "");
setInterval(() => existsSync(file("release")) && process.exit(interrupts === 0 ? 0 : 255), 20);
`;

/** A process that stands for edgectl, in a process group of its own, like a command of a terminal. */
function startHost() {
  const code = `
const { runPulumi } = await import(${urlOf("pulumi-process.ts")});
const { createInterrupter } = await import(${urlOf("../terminal/interrupter.ts")});
const controller = new AbortController();
process.on("SIGINT", createInterrupter(controller));
const { code } = await runPulumi({ args: ["up"], env: process.env, signal: controller.signal });
console.log("Pulumi ended with", code);
process.exit(0);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { env, detached: true });
  host = child;
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { pid: child.pid ?? 0, printed, ended };
}

const interrupts = () => readFile(join(directory, "interrupts"), "utf8").catch(() => "");
const hasInterrupts = (count: number) =>
  vi.waitFor(async () => expect((await interrupts()).length).toBe(count), patience);
const hasStarted = () => vi.waitFor(() => access(join(directory, "started")), patience);

describe("Ctrl-C while Pulumi works", { timeout: 60_000 }, () => {
  test.each([
    ["by a terminal, to the whole process group", -1],
    ["to the one process", 1],
  ])("%s: reaches Pulumi once, and is waited for", async (_, sign) => {
    await fakePulumi(patient());
    const { pid, printed, ended } = startHost();
    await hasStarted();
    process.kill(sign * pid, "SIGINT");
    await hasInterrupts(1);
    await writeFile(join(directory, "release"), "");
    expect(await ended).toBe(0);
    const [stdout, stderr] = await printed;
    expect(stdout).toBe("Pulumi ended with 255\n");
    expect(stderr).toContain("Stops when Pulumi has ended what it is writing.");
    expect(await interrupts()).toBe("x");
  });

  test("twice: ends at once, and says what may be left", async () => {
    await fakePulumi(patient());
    const { pid, printed, ended } = startHost();
    await hasStarted();
    process.kill(-pid, "SIGINT");
    await hasInterrupts(1);
    process.kill(-pid, "SIGINT");
    expect(await ended).toBe(130);
    expect((await printed)[1]).toContain("Pulumi may have left its lock on the stack");
    await hasInterrupts(2);
  });
});

describe("running Pulumi", { timeout: 60_000 }, () => {
  const run = async (args: readonly string[], signal?: AbortSignal) => {
    const told: string[] = [];
    const result = await pulumiRunner((line) => void told.push(line), signal)(args, env).catch((error) => error);
    return { result, told };
  };

  test("tells lines as they are complete, but none of what is for machines", async () => {
    await fakePulumi(`process.stdout.write("a\\n\\n  b"); process.stderr.write("c\\n");`);
    const { result, told } = await run(["up"]);
    expect(result).toBe("a\n\n  b");
    expect(told.toSorted()).toEqual(["a", "b", "c"]);
    expect((await run(["stack", "ls", "--json"])).told).toEqual(["c"]);
  });

  test("says who has the stack locked", async () => {
    const lock = "file:///state/locks/1.json: created by ann@office (pid 7) at 2026-11-23T07:02:32Z";
    const said = `error: the stack is currently locked by 1 lock(s).\n  ${lock}\n`;
    await fakePulumi(`process.stderr.write(${JSON.stringify(said)}); process.exitCode = 255;`);
    const { result } = await run(["up"]);
    expect(result).toMatchObject({
      code: "EDGE_CLI_PULUMI_LOCKED",
      message: "the stack is locked by ann@office (pid 7) since 2026-11-23T07:02:32Z",
    });
  });

  test("that has failed for another reason, or that is not wanted any more", async () => {
    await fakePulumi("process.exitCode = 255;");
    expect((await run(["up"])).result).toMatchObject({ code: "EDGE_CLI_PULUMI_FAILED" });
    expect((await run(["up"], AbortSignal.abort())).result).toMatchObject({ name: "AbortError" });
  });
});
