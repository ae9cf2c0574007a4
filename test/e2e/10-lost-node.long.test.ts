import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layoutOf } from "../../infra/local-cluster/layout.ts";
import { stopComponent } from "../../infra/local-cluster/process/component.ts";
import { startCluster } from "../../infra/local-cluster/start.ts";
import { clusterStatus } from "../../infra/local-cluster/status.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, type KubernetesItem, kubectl, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";
import { findingsOf } from "./findings.ts";
import { startStorageDriver } from "./kubelet-plugins/storage-driver.ts";
import { loadListeners } from "./listener/image.ts";
import { runningOnNode } from "./node-runtime.ts";
import { addSpareNode, type SpareNode } from "./spare-node.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const minute = 60_000;
const [moving, staying] = ["lost-moving", "lost-staying"] as const;
const reference = "localhost/e2e-listener/lost:1";
const port = 8080;
const driver = "csi.e2e.iotedge.dev";
const lost = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const spareTaint = "e2e.iotedge.dev/spare";
const outOfService = "node.kubernetes.io/out-of-service";
/** Until Kubernetes takes a node for lost, which it hears nothing of. */
const patience = 240;
const volumes = [
  { namespace: moving, claim: "history" },
  { namespace: staying, claim: "recipes" },
];

const module = (createOptions: object = {}) => ({
  type: "docker",
  status: "running",
  restartPolicy: "always",
  settings: {
    image: reference,
    createOptions: {
      Cmd: [String(port)],
      "k8s-extensions": { tolerations: [{ key: spareTaint, operator: "Exists" }] },
      ...createOptions,
    },
  },
});
const withVolume = (claim: string) => module({ HostConfig: { Binds: [`${claim}:/data`] } });
const manifestOf = (modules: object) => ({
  modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules } } },
});

let directory: string;
let stack: Stack;
let node: string;
let spare: SpareNode;
let storage: Awaited<ReturnType<typeof startStorageDriver>>;

/** Volumes that one node at a time can have, for claims that EdgeAgent makes. */
async function provideVolumes(): Promise<void> {
  const disks = volumes.map(({ namespace, claim }) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `lost-${claim}` },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "",
      capacity: { storage: "1Gi" },
      persistentVolumeReclaimPolicy: "Retain",
      claimRef: { namespace, name: claim },
      csi: { driver, volumeHandle: claim },
    },
  }));
  const about = {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name: driver },
    spec: { attachRequired: true, podInfoOnMount: false, fsGroupPolicy: "None" },
  };
  await kubectlOk(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: [about, ...disks] }));
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lost-"));
  node = (await items("nodes"))[0]?.metadata.name ?? "";
  await loadListeners(directory, [{ reference, user: "1000" }]);
  storage = await startStorageDriver({ driver, node });
  await provideVolumes();
  const edgeAgent = { volumes: { create: true, size: "1Gi" }, policy: { tolerations: [spareTaint] } };
  const installations = [
    {
      namespace: moving,
      edgeAgent: { ...edgeAgent, lostNode: { seconds: 5, withVolume: "move" } },
      deployment: manifestOf({ sensor: module(), historian: withVolume("history") }),
    },
    {
      namespace: staying,
      edgeAgent: { ...edgeAgent, lostNode: { seconds: 5, withVolume: "stay" } },
      deployment: manifestOf({ keeper: withVolume("recipes") }),
    },
  ].map((one) => ({ ...one, createNamespace: true, ...smallResources }));
  stack = await createStack("lost", installations);
  const up = await stack.run(["up", "--engine", "render", "--timeout", "240"]);
  expect(up.code, up.stderr).toBe(0);
}, 8 * minute);

afterAll(async () => {
  await returnOfNode();
  const down = await stack?.run(["down", "--engine", "render"]);
  await kubectl(["delete", "namespace", moving, staying, "--ignore-not-found"]);
  await kubectl(["delete", "pv", ...volumes.map(({ claim }) => `lost-${claim}`), "--ignore-not-found"]);
  await kubectl(["delete", "csidriver", driver, "--ignore-not-found"]);
  await storage?.stop();
  await stack?.remove();
  await rm(directory, { recursive: true });
  expect(down?.code, down?.stderr).toBe(0);
}, 8 * minute);

/** The kubelet ends; what it has started runs on, as on a node that has lost its network alone. */
async function loseNode(): Promise<void> {
  const { cluster } = await clusterStatus();
  await stopComponent(layoutOf(cluster?.directory ?? ""), "kubelet", 1500);
}

async function returnOfNode(): Promise<void> {
  await kubectl(["taint", "node", node, `${outOfService}-`]);
  await startCluster({ progress });
  await spare?.remove();
}

const podsOf = (namespace: string, name: string) => items("pods", ["-n", namespace, "-l", moduleSelector(name)]);

/** Where the volumes are attached, by their claims. */
async function attachments(): Promise<Readonly<Record<string, string>>> {
  const found = (await items("volumeattachments")).filter(({ spec }) => spec.attacher === driver);
  return Object.fromEntries(
    found.map(({ spec }) => [spec.source.persistentVolumeName.slice("lost-".length), spec.nodeName]),
  );
}
const attachedTo = (name: string) => Object.fromEntries(volumes.map(({ claim }) => [claim, name]));

/** The pod that is to take the place of another one, on the other node. */
function successorOf(namespace: string, name: string, before: KubernetesItem): Promise<KubernetesItem> {
  return waitFor(`another pod of ${name}`, async () => {
    const pods = await podsOf(namespace, name);
    return pods.find(({ metadata, spec }) => metadata.uid !== before.metadata.uid && spec.nodeName === spare.name);
  });
}

/** Until Kubernetes says of a pod that another one has its volume. */
function volumeIsTaken({ metadata }: KubernetesItem): Promise<true> {
  return waitFor(`the word that the volume of ${metadata.name} is taken`, async () => {
    const events = await items("events", [
      "-n",
      metadata.namespace ?? "",
      "--field-selector=reason=FailedAttachVolume",
    ]);
    const about = events.filter(({ involvedObject }) => involvedObject.uid === metadata.uid);
    return about.some(({ message }) => message.startsWith("Multi-Attach error")) ? true : undefined;
  });
}

describe("a node that is lost", () => {
  let [sensor, historian, keeper]: KubernetesItem[] = [];

  it("01 is tolerated for as long as the installation says", async () => {
    [sensor, historian, keeper] = await Promise.all([
      readyPod(moving, moduleSelector("sensor")),
      readyPod(moving, moduleSelector("historian")),
      readyPod(staying, moduleSelector("keeper")),
    ]);
    const told = [sensor, historian, keeper].map((pod) => {
      const tolerations: { key: string; tolerationSeconds?: number }[] = pod?.spec.tolerations;
      return lost.map((lostKey) => tolerations.find(({ key }) => key === lostKey)?.tolerationSeconds);
    });
    expect(told).toEqual([
      [5, 5],
      [5, 5],
      [undefined, undefined],
    ]);
    expect(await attachments()).toEqual(attachedTo(node));
  });

  it("02 gets its pods replaced elsewhere, but for those that stay; the old ones keep their volumes", async () => {
    spare = await addSpareNode("edge-spare", spareTaint);
    await loseNode();
    const leaving = await waitFor(
      "the pods to be evicted",
      async () => {
        const pods = [...(await podsOf(moving, "sensor")), ...(await podsOf(moving, "historian"))];
        const ending = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
        return ending.length === 2 ? ending : undefined;
      },
      patience,
    );
    expect(leaving.map(({ metadata }) => metadata.uid).sort()).toEqual(
      [sensor, historian].map((pod) => pod?.metadata.uid).sort(),
    );
    await successorOf(moving, "sensor", sensor as KubernetesItem);
    await volumeIsTaken(await successorOf(moving, "historian", historian as KubernetesItem));
    const [kept, ...more] = await podsOf(staying, "keeper");
    expect([kept?.metadata.uid, kept?.metadata.deletionTimestamp, more]).toEqual([keeper?.metadata.uid, undefined, []]);
    expect((await findingsOf(stack)).keeper).toMatchObject({ id: "node-lost", message: expect.stringContaining(node) });
    expect(await attachments()).toEqual(attachedTo(node));
  });

  it("03 runs on with a pod that was deleted by force, whose volume stays with it", async () => {
    const before = keeper as KubernetesItem;
    await kubectlOk(["delete", "pod", before.metadata.name, "-n", staying, "--force", "--grace-period=0"]);
    await volumeIsTaken(await successorOf(staying, "keeper", before));
    expect((await podsOf(staying, "keeper")).map(({ metadata }) => metadata.uid)).not.toContain(before.metadata.uid);
    // Nobody has told the node.
    expect(await text(connect({ host: before.status.podIP, port }))).toContain("uid=1000");
    expect(await runningOnNode(before)).not.toEqual([]);
    expect(await attachments()).toEqual(attachedTo(node));
  });

  it("04 that is said to be off gives up its pods, and their volumes move to the new ones", async () => {
    await kubectlOk(["taint", "node", node, `${outOfService}=nodeshutdown:NoExecute`]);
    await waitFor("the pods of before to be gone", async () => {
      const pods = [...(await podsOf(moving, "sensor")), ...(await podsOf(moving, "historian"))];
      return pods.every(({ spec }) => spec.nodeName === spare.name) ? true : undefined;
    });
    await waitFor("the volumes to move", async () => {
      const moved = Object.values(await attachments()).every((name) => name === spare.name);
      return moved && Object.keys(await attachments()).length === volumes.length ? true : undefined;
    });
  });

  it("05 takes them again when it is back and the other one is not, each in one pod, with its volume", async () => {
    await returnOfNode();
    for (const [namespace, name, before] of [
      [moving, "sensor", sensor],
      [moving, "historian", historian],
      [staying, "keeper", keeper],
    ] as const) {
      const pod = await readyPod(namespace, moduleSelector(name));
      expect(pod.metadata.uid).not.toBe(before?.metadata.uid);
      expect(await podsOf(namespace, name)).toHaveLength(1);
      await waitFor(`the containers of the former ${name} to end`, async () =>
        (await runningOnNode(before as KubernetesItem)).length === 0 ? true : undefined,
      );
    }
    expect(await attachments()).toEqual(attachedTo(node));
    // What runs on this node beside it was given up as well.
    await kubectlOk([
      "wait",
      "deployments",
      "--all",
      "--all-namespaces",
      "--for=condition=Available",
      "--timeout=240s",
    ]);
  });
});
