import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, kubectlOk, reported } from "./cluster.ts";
import { type Batch, batchesOf, manifestOf, readCorpus } from "./corpus.ts";
import { expectToRun, workloadsOf } from "./corpus-run.ts";
import { type Manifest, readManifest, writeManifest } from "./deployment-manifest.ts";
import { buildStandIn } from "./stand-in/image.ts";
import { loadTestImage } from "./test-images.ts";

const namespace = "edge-b";
const corpus = readCorpus().filter(({ settings }) => settings === undefined);
const batches = batchesOf(corpus.filter(({ workloads }) => workloads !== undefined));
const refused = corpus.filter(({ workloads }) => workloads === undefined);
const titled = batches.map((batch) => [batch.samples.map(({ name }) => name).join(", "), batch] as const);

/** ConfigMaps that modules mount. */
const configs = { "published-nodes": { "publishednodes.json": "[]" }, "dns-zones": { "plant.zone": "" } };

let original: Manifest;
let image: string;
let directory: string;

/** Names that the golden files mention under a key, such as those of volume claims. */
function mentioned(key: string): string[] {
  const text = JSON.stringify(corpus.flatMap(({ workloads }) => workloads ?? []));
  return [...new Set([...text.matchAll(new RegExp(`"${key}":"([^"]+)"`, "g"))].map(([, name = ""]) => name))];
}

/** Secrets, ConfigMaps and volume claims that the manifests take for granted. */
async function provide(): Promise<void> {
  const keysOf = new Map<string, string[]>();
  const text = JSON.stringify(corpus.flatMap(({ workloads }) => workloads ?? []));
  for (const [, name = "", key = ""] of text.matchAll(/"secretKeyRef":\{"name":"([^"]+)","key":"([^"]+)"/g))
    keysOf.set(name, [...(keysOf.get(name) ?? []), key]);
  const secrets = [...keysOf].map(([name, keys]) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    stringData: Object.fromEntries(keys.map((key) => [key, "none"])),
  }));
  const configMaps = Object.entries(configs).map(([name, data]) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data,
  }));
  const storage = { accessModes: ["ReadWriteOnce"], storageClassName: "" };
  const volumes = mentioned("claimName").flatMap((name) => [
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `corpus-${name}` },
      spec: {
        ...storage,
        capacity: { storage: "1Gi" },
        persistentVolumeReclaimPolicy: "Retain",
        claimRef: { namespace, name },
        hostPath: { path: join(directory, name), type: "DirectoryOrCreate" },
      },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name, namespace },
      spec: { ...storage, volumeName: `corpus-${name}`, resources: { requests: { storage: "1Gi" } } },
    },
  ]);
  const list = { apiVersion: "v1", kind: "List", items: [...secrets, ...configMaps, ...volumes] };
  await kubectlOk(["apply", "-f", "-"], JSON.stringify(list));
}

beforeAll(async () => {
  original = await readManifest(namespace);
  directory = await mkdtemp(join(tmpdir(), "corpus-"));
  image = await loadTestImage(buildStandIn);
  await provide();
});

afterAll(async () => {
  await writeManifest(namespace, original);
  const names = mentioned("claimName");
  await waitFor("the end of the corpus", async () =>
    (await workloadsOf(namespace, batches[0] as Batch)).length <= 1 ? true : undefined,
  );
  await kubectl(["delete", "pvc", ...names, "-n", namespace, "--ignore-not-found"]);
  await kubectl(["delete", "pv", ...names.map((name) => `corpus-${name}`), "--ignore-not-found"]);
  const secrets = ["blob-storage", "log-analytics", "sql-edge", "upstream-registry"];
  await kubectl(["delete", "secret", ...secrets, "-n", namespace, "--ignore-not-found"]);
  await kubectl(["delete", "configmap", ...Object.keys(configs), "-n", namespace, "--ignore-not-found"]);
  await rm(directory, { recursive: true });
});

describe("deployment manifests as users have them, on a real cluster", () => {
  it.each(titled)("01 %s: the pods run", async (_, batch) => {
    await writeManifest(namespace, manifestOf(batch, image));
    await expectToRun(namespace, batch, image);
  });

  it.each(refused)("02 $name: is refused with its reasons, and what runs goes on", async ({ manifest }) => {
    const before = (await items("deployments", ["-n", namespace])).map(({ metadata }) => metadata.uid).sort();
    await writeManifest(namespace, manifest);
    const status = await waitFor("the refusal", async () => {
      const { lastDesiredStatus } = await reported(namespace);
      return lastDesiredStatus.code === 200 ? undefined : lastDesiredStatus;
    });
    expect(status.description).toContain("Privileged");
    expect((await items("deployments", ["-n", namespace])).map(({ metadata }) => metadata.uid).sort()).toEqual(before);
  });
});
