import { describe, expect, it } from "vitest";
import { runProgram } from "../../test/support/run-program.ts";

const deferredLibraries = new URL("deferred-libraries.ts", import.meta.url).href;

/** Loads Pulumi's SDK in a process of its own, as a rendering does, and prints what a script finds. */
async function inProcess(script: string, ...args: readonly string[]) {
  const program = `
    import { createRequire } from "node:module";
    const require = createRequire(${JSON.stringify(import.meta.url)});
    const { deferLibraries } = await import(${JSON.stringify(deferredLibraries)});
    if (!process.argv.includes("--at-once")) deferLibraries();
    const pulumi = require("@pulumi/pulumi");
    ${script}`;
  const words = ["--no-warnings", "--input-type=module", "--eval", program, "--", ...args];
  const { code, stdout, stderr } = await runProgram(process.execPath, words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

const serialize = `
  const base = 40;
  const { text } = await pulumi.runtime.serializeFunction((more) => base + more);`;

describe("deferLibraries", { timeout: 60_000 }, () => {
  // Files that each of them loads further.
  const files = JSON.stringify([
    "@npmcli/arborist/lib/edge.js",
    "normalize-package-data/lib/fixer.js",
    "typescript/lib/typescript.js",
    "automation/localWorkspace.js",
  ]);
  const look = `const loaded = Object.keys(require.cache);
    console.log(JSON.stringify(${files}.map((file) => loaded.some((one) => one.endsWith(file)))));`;

  it("keeps them from being loaded with Pulumi's SDK, which else loads them all", async () => {
    expect(await inProcess(look, "--at-once")).toEqual([true, true, true, true]);
    expect(await inProcess(look)).toEqual([false, false, false, false]);
  });

  it("loads them for who turns functions into text, who gets the same", async () => {
    const script = `${serialize} console.log(JSON.stringify(text));`;
    const deferred = await inProcess(script);
    expect(deferred).toContain("base + more");
    expect(deferred).toBe(await inProcess(script, "--at-once"));
  });

  it("loads them for who runs Pulumi's command line, who gets the same", async () => {
    const script = `const { LocalWorkspace } = pulumi.automation;
      console.log(JSON.stringify([LocalWorkspace.name, typeof LocalWorkspace.createStack, Object.keys(pulumi).sort()]));`;
    const deferred = await inProcess(script);
    expect(deferred).toEqual(["LocalWorkspace", "function", expect.arrayContaining(["automation", "Config"])]);
    expect(deferred).toEqual(await inProcess(script, "--at-once"));
  });

  it("loads them for who collects a program's packages, who gets the same", async () => {
    const script = `const paths = await pulumi.runtime.computeCodePaths({});
      console.log(JSON.stringify([...paths.keys()].sort()));`;
    const deferred = await inProcess(script);
    expect(deferred.length).toBeGreaterThan(10);
    expect(deferred).toEqual(await inProcess(script, "--at-once"));
  });
});
