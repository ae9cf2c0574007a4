import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, moduleSelector, readyPod, reported } from "./cluster.ts";
import { type Manifest, modulesOf, readManifest, writeManifest } from "./deployment-manifest.ts";
import { loadListeners } from "./listener/image.ts";
import { watchPods } from "./pod-watch.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const minute = 60_000;
const namespace = "updates";
const reference = (tag: string) => `localhost/e2e-listener/update:${tag}`;
const port = 8080;

let directory: string;
let stack: Stack;

const module = (version: string, more: object = {}) => ({
  type: "docker",
  status: "running",
  restartPolicy: "always",
  version,
  env: { VERSION: { value: version } },
  settings: { image: reference("1"), createOptions: { Cmd: [String(port)], StopTimeout: 2, ...more } },
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "updates-"));
  await loadListeners(
    directory,
    ["1", "2"].map((tag) => ({ reference: reference(tag), user: "1000" })),
  );
  const modules = { single: module("1.0"), stateless: module("1.0", { "k8s-extensions": { stateless: true } }) };
  const deployment = { modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules } } } };
  stack = await createStack("updates", [{ namespace, createNamespace: true, deployment, ...smallResources }]);
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

async function change(edit: (modules: Manifest) => void): Promise<void> {
  const next = structuredClone(await readManifest(namespace));
  edit(modulesOf(next));
  await writeManifest(namespace, next);
}

const pullers = () => items("deployments", ["-n", namespace, "-l", "iotedge.dev/puller"]);
const pullersGone = () =>
  waitFor("what fetches images to be taken away", async () => ((await pullers()).length === 0 ? true : undefined));

/** The ready pod of module `name`, once it runs the image and is not the one of before. */
function newPod(name: string, image: string, before: string) {
  return waitFor(`another pod of ${name}`, async () => {
    const pod = await readyPod(namespace, moduleSelector(name));
    return pod.metadata.uid !== before && pod.spec.containers[0].image === image ? pod : undefined;
  });
}

describe("a module that is changed", () => {
  it("01 never has two pods, also while its new image is fetched", async () => {
    const before = await readyPod(namespace, moduleSelector("single"));
    const watched = await watchPods(namespace, moduleSelector("single"));
    await change(({ single }) => {
      single.settings.image = reference("2");
    });
    await newPod("single", reference("2"), before.metadata.uid);
    await pullersGone();
    const { most, seen } = await watched.stop();
    expect({ most, seen }).toEqual({ most: 1, seen: 2 });
  });

  it("02 runs on where its new image cannot be fetched, and goes on when it can", async () => {
    const before = await readyPod(namespace, moduleSelector("single"));
    await change(({ single }) => {
      single.settings.image = reference("missing");
    });
    const said = await waitFor("the reason", async () => {
      const { statusDescription } = (await reported(namespace)).modules.single;
      return statusDescription.includes("cannot be fetched") ? statusDescription : undefined;
    });
    expect(said).toContain(`module single runs on as it is, since ${reference("missing")} cannot be fetched`);
    const now = await readyPod(namespace, moduleSelector("single"));
    expect([now.metadata.uid, now.status.containerStatuses[0].restartCount]).toEqual([before.metadata.uid, 0]);
    expect(await text(connect({ host: now.status.podIP, port }))).toContain("version=1.0");
    const { stdout } = await stack.run(["status", "--json"]);
    const [installation] = JSON.parse(stdout).installations;
    expect(installation.findings).toContainEqual(expect.objectContaining({ id: "image-pull", component: "single" }));
    expect(installation.problem).toContain("cannot be fetched");
    await change(({ single }) => {
      single.settings.image = reference("1");
    });
    await newPod("single", reference("1"), before.metadata.uid);
    await pullersGone();
  });

  it("03 is made anew by another version alone, from the image that the node has", async () => {
    const before = await readyPod(namespace, moduleSelector("stateless"));
    await change(({ stateless }) => {
      stateless.version = "1.1";
    });
    const after = await newPod("stateless", reference("1"), before.metadata.uid);
    expect(after.metadata.annotations?.["net.azure-devices.edge.module-version"]).toBe("1.1");
    await pullersGone();
  });

  it("04 may have two pods side by side where it says that it is stateless", async () => {
    const pods = () => items("pods", ["-n", namespace, "-l", moduleSelector("stateless")]);
    await waitFor("the pod of before to be gone", async () => ((await pods()).length === 1 ? true : undefined));
    const before = await readyPod(namespace, moduleSelector("stateless"));
    const watched = await watchPods(namespace, moduleSelector("stateless"));
    await change(({ stateless }) => {
      stateless.settings.image = reference("2");
    });
    await newPod("stateless", reference("2"), before.metadata.uid);
    expect((await watched.stop()).most).toBe(2);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["taken away and put back", () => thereAndBack((modules) => delete modules.single)],
    ["stopped and started", () => thereAndBack(({ single }) => (single.status = "stopped"))],
    ["without its Deployment all at once", () => kubectl(["delete", "deployment", "single", "-n", namespace])],
  ])("05 never has two pods when it is %s, however long the old one takes to end", async (_, interrupt) => {
    await change(({ single }) => {
      single.env.LATE = { value: "1" };
      single.settings.createOptions.StopTimeout = 12;
    });
    const before = await waitFor("the pod that takes its time", async () => {
      const pod = await readyPod(namespace, moduleSelector("single"));
      return pod.spec.terminationGracePeriodSeconds > 10 ? pod : undefined;
    });
    const watched = await watchPods(namespace, moduleSelector("single"));
    await interrupt();
    await newPod("single", reference("1"), before.metadata.uid);
    expect(await watched.stop()).toMatchObject({ most: 1, seen: 2 });
  });
});

/** Changes the manifest, and takes the change back while the module's pod still ends. */
async function thereAndBack(edit: (modules: Manifest) => void): Promise<void> {
  const before = await readManifest(namespace);
  await change(edit);
  await waitFor("the pod to be ended", async () => {
    const pods = await items("pods", ["-n", namespace, "-l", moduleSelector("single")]);
    return pods.some(({ metadata }) => metadata.deletionTimestamp !== undefined) || undefined;
  });
  await writeManifest(namespace, before);
}
