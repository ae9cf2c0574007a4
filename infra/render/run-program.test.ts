import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runProgram } from "../../test/support/run-program.ts";

const projectDirectory = join(import.meta.dirname, "../../test/fixtures/render");
const rendering = pathToFileURL(join(import.meta.dirname, "render-stack.ts")).href;
let stateDirectory: string;
beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), "edge-state-"));
});
afterEach(() => rm(stateDirectory, { recursive: true, force: true }));

/** Of a preview, in a process of its own: nobody else there listens for rejections that nobody handles. */
async function failureOf(fault: string) {
  const options = { projectDirectory, stack: "plain", stateDirectory, overrides: { fault }, preview: true };
  const script = `
    import { renderStack } from ${JSON.stringify(rendering)};
    await renderStack(${JSON.stringify(options)}).catch((error) => console.log(error.code));
  `;
  return runProgram(process.execPath, ["--input-type=module", "--eval", script]);
}

test.each([
  ["coded", "EDGE_RENDER_NAME_MISSING"],
  ["wrapped", "EDGE_RENDER_NAME_MISSING"],
  ["plain", "EDGE_RENDER_PROGRAM_FAILED"],
])("a program that fails (%s) is an error of the caller, and ends no process", async (fault, code) => {
  expect(await failureOf(fault)).toEqual({ code: 0, stdout: `${code}\n`, stderr: "" });
});
