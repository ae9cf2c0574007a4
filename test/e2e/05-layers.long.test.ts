import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, kubectlOk, moduleSelector, readyPod, reported } from "./cluster.ts";
import { loadListeners } from "./listener/image.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const minute = 60_000;
const namespace = "layers";
const reference = "localhost/e2e-listener/layers:1";
const port = 8080;
const storageClass = "e2e-layers";

let directory: string;
let stack: Stack;

const module = (version: string, createOptions: object = {}) => ({
  type: "docker",
  status: "running",
  restartPolicy: "always",
  env: { VERSION: { value: version } },
  settings: { image: reference, createOptions: { Cmd: [String(port)], StopTimeout: 2, ...createOptions } },
});
const base = { "properties.desired": { schemaVersion: "1.1", modules: { web: module("base") } } };
const up = () => stack.run(["up", "--engine", "render", "--timeout", "240"]);
const fileOf = (name: string) => join(directory, name);
const write = (name: string, section: object) =>
  writeFile(fileOf(name), JSON.stringify({ modulesContent: { $edgeAgent: section } }, undefined, 1));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "layers-"));
  await loadListeners(directory, [{ reference, user: "10001" }]);
  const folder = fileOf("volume");
  await mkdir(folder, { mode: 0o755 });
  await kubectlOk(["apply", "-f", "-"], JSON.stringify(await volumeAt(folder)));
  await write("base.json", base);
  await write("store.json", {
    "properties.desired.modules.store": module("layer", {
      HostConfig: { Binds: ["store:/store"] },
      "k8s-extensions": { user: "image" },
    }),
  });
  await write("site.json", { "properties.desired.modules.web.env.VERSION": { value: "site" } });
  stack = await createStack("layers", [
    {
      namespace,
      createNamespace: true,
      deploymentFile: fileOf("base.json"),
      deploymentLayers: ["store.json", "site.json"].map(fileOf),
      edgeAgent: { volumes: { create: true, storageClassName: storageClass, size: "1Mi" } },
      ...smallResources,
    },
  ]);
  const outcome = await up();
  expect(outcome.code, outcome.stderr).toBe(0);
}, 8 * minute);

/** A folder of the node that knows groups, as a disk does and a `hostPath` does not. */
async function volumeAt(path: string): Promise<object> {
  const [node] = await items("nodes");
  const named = { key: "kubernetes.io/hostname", operator: "In", values: [node?.metadata.name] };
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: storageClass },
    spec: {
      capacity: { storage: "1Mi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: storageClass,
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [named] }] } },
    },
  };
}

afterAll(async () => {
  const down = await stack?.run(["down", "--engine", "render"]);
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
  await kubectl(["delete", "persistentvolume", storageClass, "--ignore-not-found"]);
  await stack?.remove();
  await rm(directory, { recursive: true });
  expect(down?.code, down?.stderr).toBe(0);
}, 8 * minute);

async function answerOf(name: string): Promise<string> {
  const pod = await readyPod(namespace, moduleSelector(name));
  return text(connect({ host: pod.status.podIP, port }));
}

describe("layers over a base", () => {
  it("01 run as one manifest: a module that is added, and one whose variable another layer sets", async () => {
    const { modules } = await reported(namespace);
    expect(Object.keys(modules).sort()).toEqual(["store", "web"]);
    await waitFor("the variable of the layer", async () =>
      (await answerOf("web")).includes("version=site") ? true : undefined,
    );
    expect(await answerOf("store")).toContain("uid=10001");
  });

  it("02 give a module a claim to which it can write though it is not root", async () => {
    await readyPod(namespace, moduleSelector("store"));
    const { gid, mode } = await stat(fileOf("volume"));
    expect([gid, mode & 0o70]).toEqual([1000, 0o70]);
  });

  it("03 are refused with file, line and column before anything is changed", async () => {
    const before = await readyPod(namespace, moduleSelector("web"));
    await write("site.json", { "properties.desired.modules.web.settings.createOptions.User": "root" });
    const refused = await up();
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(`${fileOf("site.json")}:4:66`);
    expect((await readyPod(namespace, moduleSelector("web"))).metadata.uid).toBe(before.metadata.uid);
  });

  it("04 take away what they set to null", async () => {
    await write("site.json", { "properties.desired.modules.store": null });
    const outcome = await up();
    expect(outcome.code, outcome.stderr).toBe(0);
    await waitFor("the module to be taken away", async () =>
      (await items("deployments", ["-n", namespace])).some(({ metadata }) => metadata.name === "store")
        ? undefined
        : true,
    );
    await waitFor("the base's own variable", async () =>
      (await answerOf("web")).includes("version=base") ? true : undefined,
    );
  });
});
