import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { type KubernetesItem, kubectl, moduleSelector, readyPod, reported } from "./cluster.ts";
import { modulesOf, readManifest, writeManifest } from "./deployment-manifest.ts";
import { answer } from "./listener/answer.ts";
import { loadListeners } from "./listener/image.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const minute = 60_000;
const [one, other] = ["on-node-one", "on-node-other"] as const;
const reference = "localhost/e2e-listener/on-node:1";
/** On the network of the node, which all of them share. */
const modules = [
  { namespace: one, name: "scanner", port: 15_020 },
  { namespace: one, name: "bacnet", port: 15_021 },
  // Of the same id as one of the installation beside it.
  { namespace: other, name: "scanner", port: 15_022 },
] as const;

const onNode = (port: number) => ({
  type: "docker",
  status: "running",
  restartPolicy: "always",
  settings: {
    image: reference,
    createOptions: {
      Cmd: [String(port)],
      ExposedPorts: { [`${port}/tcp`]: {} },
      HostConfig: { NetworkMode: "host" },
    },
  },
});

let directory: string;
let stack: Stack;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "on-node-"));
  await loadListeners(directory, [{ reference, user: "1000" }]);
  const installations = [one, other].map((namespace) => {
    const own = modules.filter((module) => module.namespace === namespace);
    const declared = Object.fromEntries(own.map(({ name, port }) => [name, onNode(port)]));
    const desired = { schemaVersion: "1.1", modules: declared };
    return {
      namespace,
      createNamespace: true,
      edgeAgent: { policy: { hostNetwork: true } },
      deployment: { modulesContent: { $edgeAgent: { "properties.desired": desired } } },
      ...smallResources,
    };
  });
  stack = await createStack("on-node", installations);
  const up = await stack.run(["up", "--engine", "render", "--timeout", "240"]);
  expect(up.code, up.stderr).toBe(0);
}, 8 * minute);

afterAll(async () => {
  const down = await stack?.run(["down", "--engine", "render"]);
  await kubectl(["delete", "namespace", one, other, "--ignore-not-found"]);
  await stack?.remove();
  await rm(directory, { recursive: true });
  expect(down?.code, down?.stderr).toBe(0);
}, 8 * minute);

const podOf = ({ namespace, name }: { namespace: string; name: string }) => readyPod(namespace, moduleSelector(name));
const variable = ({ spec }: KubernetesItem, name: string): string =>
  spec.containers[0].env.find((one: { name: string }) => one.name === name).value;

/** What a proxy answers to a wish of the module's to sign. */
async function sign(proxy: string, moduleId: string, generationId: string): Promise<Response> {
  return fetch(`${proxy}modules/${moduleId}/genid/${generationId}/sign?api-version=2020-07-07`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ keyId: "primary", algo: "HMACSHA256", data: btoa("hello") }),
  });
}

describe("modules on the network of one node", () => {
  it("01 listen side by side at its address, of one installation and of several", async () => {
    const pods = await Promise.all(modules.map(podOf));
    expect(new Set(pods.map(({ status }) => status.hostIP)).size).toBe(1);
    for (const [index, { namespace, name, port }] of modules.entries()) {
      expect(pods[index]?.status.podIP).toBe(pods[index]?.status.hostIP);
      expect(await answer(namespace, name, port)).toMatchObject({ uid: "1000" });
    }
  });

  it("02 each have a proxy of their own, which is that module and no other", async () => {
    const pods = await Promise.all(modules.map(podOf));
    const signed: string[] = [];
    for (const pod of pods) {
      const [moduleId, generationId] = ["IOTEDGE_MODULEID", "IOTEDGE_MODULEGENERATIONID"].map((name) =>
        variable(pod, name),
      ) as [string, string];
      // The tests run on the node, of which every process can ask there.
      const answers = pods.map((asked) => sign(variable(asked, "IOTEDGE_WORKLOADURI"), moduleId, generationId));
      const got = await Promise.all(answers);
      expect(got.map(({ status }) => status)).toEqual(pods.map((asked) => (asked === pod ? 200 : 403)));
      for (const one of got.filter(({ ok }) => ok)) signed.push(((await one.json()) as { digest: string }).digest);
    }
    expect(new Set(signed).size).toBe(modules.length);
  });

  it("03 stay as they are when another one comes, and that one is told where it cannot be", async () => {
    const before = await Promise.all(modules.map(podOf));
    const manifest = await readManifest(one);
    Object.assign(modulesOf(manifest), { third: onNode(15_023), rival: onNode(modules[0].port) });
    await writeManifest(one, manifest);
    expect(await answer(one, "third", 15_023)).toMatchObject({ uid: "1000" });
    const said = await waitFor("the reason", async () => {
      const { warnings, modules } = await reported(one);
      return /free ports/.test(modules.rival?.statusDescription)
        ? [...warnings, modules.rival.statusDescription]
        : undefined;
    });
    expect(said).toContainEqual(expect.stringMatching(/modules\.\w+: listens on port 15020 of its node, as \w+ does/));
    const after = await Promise.all(modules.map(podOf));
    expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  });
});
