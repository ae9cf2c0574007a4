import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bundlePrograms } from "./node-programs.ts";

it("bundles a program into one file that runs without the source tree", async () => {
  const bundles = await bundlePrograms(["sample-module"]);
  const directory = mkdtempSync(join(tmpdir(), "bundle-"));
  try {
    writeFileSync(join(directory, "main.mjs"), bundles.get("sample-module") ?? "");
    const run = spawnSync(process.execPath, ["main.mjs", "sign", "x"], { cwd: directory, env: {}, encoding: "utf8" });
    expect(run.stdout).toContain("IOTEDGE_WORKLOADURI is not set");
    expect(run.status).toBe(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it("keeps names, so that stack traces can be read", async () => {
  const bundle = Buffer.from((await bundlePrograms(["sample-module"])).get("sample-module") ?? "").toString();
  expect(bundle).toContain("function workloadClient(environment)");
});

it("gives the same bytes for the same source", async () => {
  const [first, second] = [await bundlePrograms(["sample-module"]), await bundlePrograms(["sample-module"])];
  expect(first.get("sample-module")).toEqual(second.get("sample-module"));
});

it("leaves out the models of the Kubernetes client, which no program uses", async () => {
  const bundle = Buffer.from((await bundlePrograms(["iotedged"])).get("iotedged") ?? "").toString();
  expect(bundle).toContain("loadFromCluster");
  expect(bundle).not.toContain("attributeTypeMap");
});

it("names what cannot be bundled", async () => {
  await expect(bundlePrograms(["absent"])).rejects.toMatchObject({ code: "EDGE_IMAGES_BUNDLE_FAILED" });
});
