import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { items, kubectl, kubectlOk } from "./cluster.ts";
import { batchesOf, manifestOf, readCorpus, type Sample } from "./corpus.ts";
import { expectToRun } from "./corpus-run.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";
import { buildStandIn } from "./stand-in/image.ts";
import { loadTestImage } from "./test-images.ts";

/** Manifests that take an installation which lets modules have more; each gets one. */
const samples = readCorpus().filter(({ settings }) => settings !== undefined);
const namespaceOf = ({ name }: Sample) => `corpus-${name}`;
const minute = 60_000;
/** Of the node, that a manifest mounts, and that must be there. */
const nodeDirectory = "/var/media/cameras";
/** Claims that EdgeAgent makes, and what they ask for; nobody provides volumes in this cluster but this test. */
const volumes = [
  { claim: "historian-data", storageClassName: "fast-local", storage: "20Gi" },
  { claim: "reports", storageClassName: "", storage: "2Gi" },
];
const historian = "corpus-migration-and-historian";

let image: string;
let directory: string;
/** The topmost directory that was not there. */
let madeOnNode: string | undefined;
let stack: Stack;

async function provideVolumes(): Promise<void> {
  const list = volumes.map(({ claim, storageClassName, storage }) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `corpus-${claim}` },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName,
      capacity: { storage },
      persistentVolumeReclaimPolicy: "Retain",
      claimRef: { namespace: historian, name: claim },
      hostPath: { path: join(directory, claim), type: "DirectoryOrCreate" },
    },
  }));
  await kubectlOk(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: list }));
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "corpus-"));
  madeOnNode = await mkdir(nodeDirectory, { recursive: true });
  image = await loadTestImage(buildStandIn);
  await provideVolumes();
  const installations = samples.map((sample) => ({
    namespace: namespaceOf(sample),
    createNamespace: true,
    edgeAgent: sample.settings,
    deployment: manifestOf({ samples: [sample], modules: sample.modules }, image),
    ...smallResources,
  }));
  stack = await createStack("corpus", installations);
  const up = await stack.run(["up", "--engine", "render", "--timeout", "300"]);
  expect(up.code, up.stderr).toBe(0);
}, 8 * minute);

afterAll(async () => {
  const down = await stack?.run(["down", "--engine", "render"]);
  await kubectl(["delete", "namespace", ...samples.map(namespaceOf), "--ignore-not-found"]);
  await kubectl(["delete", "pv", ...volumes.map(({ claim }) => `corpus-${claim}`), "--ignore-not-found"]);
  await stack?.remove();
  if (madeOnNode !== undefined) await rm(madeOnNode, { recursive: true });
  await rm(directory, { recursive: true });
  expect(down?.code, down?.stderr).toBe(0);
}, 8 * minute);

describe("deployment manifests that take a policy, on a real cluster", () => {
  it.each(samples)("01 $name: the pods run", async (sample) => {
    const [batch] = batchesOf([sample]);
    expect(batch).toBeDefined();
    if (batch !== undefined) await expectToRun(namespaceOf(sample), batch, image);
  });

  it("02 a module on the node's network has the node's address and reaches iotedged", async () => {
    const pods = await items("pods", ["-n", "corpus-camera-that-gets-its-node"]);
    const onNode = pods.filter(({ spec }) => spec.hostNetwork === true);
    expect(onNode.map(({ status }) => status.podIP === status.hostIP)).toEqual([true]);
    // The proxy is ready only once it has reached iotedged.
    expect(onNode[0]?.status.initContainerStatuses[0].ready).toBe(true);
  });

  it("03 claims are made, bound and of the size that was asked for, and pulling has its Secret", async () => {
    const claims = await items("persistentvolumeclaims", ["-n", historian]);
    const found = claims.map(({ metadata, status }) => [metadata.name, status.phase, status.capacity?.storage]);
    expect(found.sort()).toEqual(volumes.map(({ claim, storage }) => [claim, "Bound", storage]));
    const secrets = await items("secrets", ["-n", historian, "--field-selector=type=kubernetes.io/dockerconfigjson"]);
    expect(secrets.map(({ metadata }) => metadata.name)).toEqual(["edgeagent-registry-credentials"]);
  });
});
