import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { packedPackage } from "../support/packed-package.ts";
import { hasRegistryTools } from "../support/registry.ts";
import { items, kubectl, kubectlOk, moduleSelector } from "./cluster.ts";
import { clusterOptionsOf, greeted, type PackageProject, packageProject } from "./package-project.ts";
import { type PrivateImages, pushPrivateImages } from "./private-images.ts";

const namespace = "line-1";
const minutes = 60_000;
let folder: string;
let plant: PackageProject;
let images: PrivateImages;
let cluster: readonly string[];
const ok = expect.objectContaining({ code: 0 });
const tools = await hasRegistryTools();

beforeAll(async () => {
  if (!tools) return;
  folder = await mkdtemp(join(tmpdir(), "edge-plant-"));
  images = await pushPrivateImages(folder);
  plant = packageProject(join(folder, "plant"), images);
  await mkdir(join(folder, "plant"));
  const tarball = await packedPackage(folder);
  await plant.install(tarball);
  cluster = clusterOptionsOf(inject("kubeconfig"));
}, 15 * minutes);

afterAll(async () => {
  if (!tools) return;
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
  await images?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(!tools)(
  "in an empty folder, with the packed tarball and a private registry alone",
  { timeout: 10 * minutes },
  () => {
    const here = () => ["-n", namespace, ...cluster];

    it("01 edgectl makes a project with the images that a checkout has pushed", async () => {
      const made = await plant.edgectl("init", "--name", "plant", "--stack", "plant", "--images", images.file);
      expect(made).toEqual(ok);
      expect(made.stdout).not.toContain("name your images");
      await plant.editManifest("hello");
      await plant.declare(namespace);
    });

    it("02 renders it without a cluster, and its permissions are judged", async () => {
      expect(await plant.edgectl("render", "--stack", "plant", "--out", "manifests")).toEqual(ok);
      const lint = await plant.edgectl("rbac", "lint", "manifests", "--fail-on", "high");
      // 2: findings, none of them high.
      expect(lint).toMatchObject({ code: 2, stdout: expect.not.stringContaining("Unresolved") });
    });

    it("03 deploys it to the cluster of the context, where its module runs", async () => {
      const up = await plant.edgectl("up", "--stack", "plant", "--engine", "render", ...cluster);
      expect(up).toMatchObject({ code: 0, stderr: expect.not.stringContaining("error") });
      await greeted(plant, here(), "hello");
      expect(await plant.edgectl("status", "--stack", "plant", ...cluster)).toEqual(ok);
      const pods = await items("pods", ["-n", namespace]);
      const pulled = pods.flatMap(({ spec }) => [...spec.containers, ...(spec.initContainers ?? [])]);
      // Each is there under this name only since the node has asked the registry for it, as the account of the stack.
      const { host } = images;
      expect(pulled.map(({ image }) => image)).toEqual(pulled.map(() => expect.stringMatching(`^${host}/iotedge/`)));
    });

    it("04 updates it", async () => {
      await plant.editManifest("good evening");
      expect(await plant.edgectl("up", "--stack", "plant", "--engine", "render", ...cluster)).toEqual(ok);
      await greeted(plant, here(), "good evening");
      const pods = await items("pods", ["-n", namespace, "-l", moduleSelector("web")]);
      expect(pods.filter((pod) => pod.metadata.deletionTimestamp === undefined)).toHaveLength(1);
    });

    it("05 takes it down, and leaves nothing behind", async () => {
      expect(await plant.edgectl("down", "--stack", "plant", "--engine", "render", ...cluster)).toEqual(ok);
      const left = await kubectlOk(["get", "namespaces,clusterroles,clusterrolebindings", "-o", "name"]);
      expect(left).toContain("clusterrole.rbac.authorization.k8s.io/cluster-admin");
      expect(left).not.toContain(namespace);
    });
  },
);
