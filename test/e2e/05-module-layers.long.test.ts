import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { items, kubectl } from "./cluster.ts";
import { answer } from "./listener/answer.ts";
import { loadListeners } from "./listener/image.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const minute = 60_000;
const namespace = "layered";
const reference = "localhost/e2e-listener/layered:1";
const port = 8080;

const module = (version: string) => ({
  type: "docker",
  status: "running",
  restartPolicy: "always",
  env: { VERSION: { value: version } },
  settings: { image: reference, createOptions: { Cmd: [String(port)] } },
});
/** Each file as IoT Hub takes it: an automatic deployment, and layered ones over it. */
const files = {
  "base.json": {
    "properties.desired": { schemaVersion: "1.1", modules: { sensor: module("base"), retired: module("base") } },
  },
  "metrics.json": {
    "properties.desired.modules.metrics": module("metrics"),
    "properties.desired.modules.sensor.env.VERSION": { value: "metrics" },
    "properties.desired.modules.retired": null,
  },
  "site.json": { "properties.desired.modules.sensor.env.VERSION": { value: "site" } },
};

let directory: string;
let stack: Stack;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "layers-"));
  await loadListeners(directory, [{ reference, user: "1000" }]);
  const written = await Promise.all(
    Object.entries(files).map(async ([file, agent]) => {
      await writeFile(join(directory, file), JSON.stringify({ modulesContent: { $edgeAgent: agent } }));
      return join(directory, file);
    }),
  );
  const [deploymentFile, ...deploymentLayers] = written;
  stack = await createStack("layered", [
    { namespace, createNamespace: true, deploymentFile, deploymentLayers, ...smallResources },
  ]);
  const up = await stack.run(["up", "--engine", "render", "--timeout", "240"]);
  expect(up.code, up.stderr).toBe(0);
}, 8 * minute);

afterAll(async () => {
  const down = await stack?.run(["down", "--engine", "render"]);
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
  await stack?.remove();
  await rm(directory, { recursive: true });
  expect(down?.code, down?.stderr).toBe(0);
}, 8 * minute);

describe("a deployment with layers over it", () => {
  it("01 runs what comes of them: the last one that sets something counts, and what one takes away is not there", async () => {
    expect(await answer(namespace, "sensor", port)).toMatchObject({ version: "site" });
    expect(await answer(namespace, "metrics", port)).toMatchObject({ version: "metrics" });
    const deployments = await items("deployments", ["-n", namespace, "-l", "net.azure-devices.edge.module"]);
    expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual(["edgeagent", "metrics", "sensor"]);
  });
});
