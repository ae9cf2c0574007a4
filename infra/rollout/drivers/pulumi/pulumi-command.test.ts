import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { CommandError, ConcurrentUpdateError } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createPulumiCommand } from "./pulumi-command.ts";

/** What the Automation API calls. It is not part of the SDK's types. */
interface Runs {
  run(args: readonly string[], cwd: string, env: object, out?: unknown, err?: unknown, signal?: AbortSignal): unknown;
}
const lock = "error: the stack is currently locked by 1 lock(s).\n";
const fake = `#!/usr/bin/env node
const [command, ...rest] = process.argv.slice(2);
if (command === "version") console.log("v3.270.0");
if (command === "env") console.log(JSON.stringify([rest, process.cwd(), process.env.A, process.env.PULUMI_AUTOMATION_API]));
if (command === "locked") { process.stderr.write(${JSON.stringify(lock)}); process.exitCode = 255; }
if (command === "fails") { process.stderr.write("error: no"); process.exitCode = 1; }
if (command === "up") { process.on("SIGINT", () => process.exit(9)); console.log("working"); setInterval(() => {}, 1000); }
`;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-pulumi-command-"));
  await writeFile(join(directory, "pulumi"), fake);
  await chmod(join(directory, "pulumi"), 0o755);
  vi.stubEnv("PATH", [directory, dirname(process.execPath)].join(delimiter));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

describe("the command of the Automation API", { timeout: 60_000 }, () => {
  const open = async () => (await createPulumiCommand()) as unknown as Runs;

  test("is what is on the PATH, never asks, and works where it is told to", async () => {
    const result = await (await open()).run(["env", "-v"], directory, { A: "1" });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const [args, cwd, a, api] = JSON.parse((result as { stdout: string }).stdout);
    expect([args, a, api]).toEqual([["-v", "--non-interactive"], "1", "true"]);
    expect(cwd).toContain(directory);
  });

  test("fails with the SDK's own errors", async () => {
    const command = await open();
    await expect(command.run(["locked"], directory, {})).rejects.toBeInstanceOf(ConcurrentUpdateError);
    await expect(command.run(["fails"], directory, {})).rejects.toBeInstanceOf(CommandError);
  });

  test("is interrupted when it is not wanted any more", async () => {
    const stop = new AbortController();
    const command = await open();
    const work = command.run(["up"], directory, {}, () => stop.abort(), undefined, stop.signal);
    await expect(work).rejects.toThrow("code: 9");
  });
});
