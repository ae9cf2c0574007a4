import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runProgram } from "../../test/support/run-program.ts";
import { renderStack } from "./render-stack.ts";

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
  ["pulumi-iotedge", "import { EdgeInstallation } from 'pulumi-iotedge';"],
  ["@plant/modules", "import '@plant/modules/sub/path.js';"],
])("a package that is not installed, as %s in a clone, is named with what installs it", async (name, text) => {
  const own = await mkdtemp(join(tmpdir(), "edge-program-"));
  await writeFile(join(own, "Pulumi.yaml"), JSON.stringify({ name: "own", runtime: "nodejs", main: "own.mjs" }));
  await writeFile(join(own, "Pulumi.dev.yaml"), "config: {}");
  await writeFile(join(own, "own.mjs"), text);
  const rendered = renderStack({ projectDirectory: own, stack: "dev", stateDirectory, preview: true });
  await expect(rendered).rejects.toMatchObject({
    code: "EDGE_RENDER_PACKAGE_MISSING",
    remedy: expect.stringContaining(`npm install ${name}`),
  });
  await rm(own, { recursive: true });
});

test.each([
  ["coded", "EDGE_RENDER_NAME_MISSING"],
  ["wrapped", "EDGE_RENDER_NAME_MISSING"],
  ["plain", "EDGE_RENDER_PROGRAM_FAILED"],
])("a program that fails (%s) is an error of the caller, and ends no process", async (fault, code) => {
  expect(await failureOf(fault)).toEqual({ code: 0, stdout: `${code}\n`, stderr: "" });
});
