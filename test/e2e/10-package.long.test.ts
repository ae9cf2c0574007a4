import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { buildPackage } from "../../infra/package/index.ts";
import { progress } from "../support/progress.ts";
import { items, kubectl, kubectlOk, moduleSelector } from "./cluster.ts";
import {
  checkout,
  clusterOptionsOf,
  greeted,
  imagesFile,
  type PackageProject,
  packageProject,
} from "./package-project.ts";

const namespace = "line-1";
const minutes = 60_000;
let folder: string;
let plant: PackageProject;
let cluster: readonly string[];
const ok = expect.objectContaining({ code: 0 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-plant-"));
  plant = packageProject(folder);
  const { tarball } = await buildPackage({ projectDirectory: checkout, tell: progress });
  await plant.install(tarball);
  cluster = clusterOptionsOf(inject("kubeconfig"));
}, 15 * minutes);

afterAll(async () => {
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
  await rm(folder, { recursive: true, force: true });
});

describe("in an empty folder, with the packed tarball alone", { timeout: 10 * minutes }, () => {
  const here = () => ["-n", namespace, ...cluster];

  it("01 edgectl makes a project with the images that a checkout has built", async () => {
    const made = await plant.edgectl("init", "--name", "plant", "--stack", "plant", "--images", imagesFile);
    expect(made).toEqual(ok);
    expect(made.stdout).not.toContain("name your images");
    await plant.editManifest("hello");
  });

  it("02 renders it without a cluster, and its permissions are judged", async () => {
    expect(await plant.edgectl("render", "--stack", "plant", "--out", "manifests")).toEqual(ok);
    const lint = await plant.edgectl("rbac", "lint", "manifests", "--fail-on", "high");
    // 2: findings, none of them high.
    expect(lint).toMatchObject({ code: 2, stdout: expect.not.stringContaining("Unresolved") });
  });

  it("03 deploys it to the cluster of the context, where its module runs", async () => {
    await plant.declare(namespace);
    const up = await plant.edgectl("up", "--stack", "plant", "--engine", "render", ...cluster);
    expect(up).toMatchObject({ code: 0, stderr: expect.not.stringContaining("error") });
    await greeted(plant, here(), "hello");
    expect(await plant.edgectl("status", "--stack", "plant", ...cluster)).toEqual(ok);
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
});
