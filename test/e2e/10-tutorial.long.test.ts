import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, inject, it } from "vitest";
import { runProgram } from "../support/run-program.ts";
import { waitFor } from "../support/wait-for.ts";
import { kubectl } from "./cluster.ts";
import { stepsOf } from "./page-steps.ts";

const checkout = resolve(import.meta.dirname, "../..");
const steps = stepsOf(readFileSync(join(checkout, "docs/tutorial.md"), "utf8"));
const made = ["hello", "stacks/Pulumi.hello.yaml"].map((file) => join(checkout, file));
const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
const type = (command: string) => runProgram("bash", ["-c", command], { cwd: checkout, env });

afterAll(async () => {
  await kubectl(["delete", "namespace", "hello", "--ignore-not-found"]);
  await Promise.all(
    [...made, join(checkout, ".edge/state/hello.json")].map((file) => rm(file, { recursive: true, force: true })),
  );
});

/** What differs from run to run: hashes, signatures, names of pods, times. A line that ends in dots is the beginning of one. */
const plain = (line: string) =>
  line
    .replace(/[A-Za-z0-9+/]{43}=/g, "SIGNATURE")
    .replace(/\b[0-9a-f]{12,64}\b/g, "HASH")
    .replace(/\bhello-[0-9a-z]+-[0-9a-z]{5}\b/g, "POD")
    .replace(/\d+ (ms|times)/g, "N $1")
    .trimEnd();

function isIn(shown: string, printed: string): boolean {
  const lines = printed.split("\n").map(plain);
  const wanted = plain(shown);
  return wanted.endsWith("...") ? lines.some((line) => line.startsWith(wanted.slice(0, -3))) : lines.includes(wanted);
}

describe("the tutorial, as it stands", { timeout: 10 * 60_000 }, () => {
  it("begins where none of it is there", () => {
    expect(made.filter(existsSync)).toEqual([]);
    expect(inject("startOutput")).toContain("runs in edge-local");
  });

  it.each(steps.map((step, index) => ({ step, name: "file" in step ? step.file : step.command, index })))(
    "$index $name",
    async ({ step }) => {
      if ("file" in step) {
        const file = join(checkout, step.file);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, step.text);
        return;
      }
      const missingIn = (printed: string) => step.shown.split("\n").filter((line) => !isIn(line, printed));
      if (step.command.startsWith("npx edgectl logs")) {
        await waitFor(
          `what ${step.command} shows`,
          async () => missingIn((await type(step.command)).stdout).length === 0,
        );
        return;
      }
      const { code, stdout, stderr } = await type(step.command);
      expect({ code, missing: missingIn(stdout) }, `${stdout}\n${stderr}`).toEqual({ code: 0, missing: [] });
    },
  );

  it("ends where none of it is there", async () => {
    expect(made.filter(existsSync)).toEqual([]);
    expect(await kubectl(["get", "namespace", "hello"])).toMatchObject({ code: 1 });
  });
});
