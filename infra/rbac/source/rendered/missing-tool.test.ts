import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readHelmChart } from "./helm.ts";
import { readKustomization } from "./kustomize.ts";

/** As a pull request can call a folder. */
const hostile = "apps;touch $(id)'s";
let folder: string;
let place: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-rendered-"));
  place = join(folder, hostile);
  await mkdir(place);
  await writeFile(join(place, "Chart.yaml"), "apiVersion: v2\nname: c\nversion: 1.0.0\n");
  await writeFile(join(place, "kustomization.yaml"), "resources: []\n");
});
afterAll(() => rm(folder, { recursive: true }));

const env = { PATH: "/nowhere" };
it.each([
  ["helm template release-name", () => readHelmChart(place, undefined, { env })],
  ["kustomize build", () => readKustomization(place, undefined, { env })],
])("where the tool is missing, the folder is one word of `%s`", async (command, read) => {
  const word = `'${folder}/apps;touch $(id)'\\''s'`;
  await expect(read()).rejects.toMatchObject({
    code: "EDGE_RBAC_TOOL_MISSING",
    remedy: expect.stringContaining(`: ${command} ${word} | npx edgectl`),
  });
});
