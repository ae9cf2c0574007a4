import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stringify } from "yaml";
import { buildPackage } from "../../infra/package/index.ts";
import { progress } from "../support/progress.ts";
import { type Outcome, runProgram } from "../support/run-program.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, kubectlOk, moduleSelector } from "./cluster.ts";
import { modulesOf } from "./deployment-manifest.ts";
import { smallResources } from "./stack.ts";

const checkout = resolve(import.meta.dirname, "../..");
const imagesFile = join(checkout, ".edge/images.json");
const namespace = "line-1";
const minutes = 60_000;
let folder: string;
let cluster: readonly string[];

/** What a user types, in the project's folder. */
function run(program: string, ...args: string[]): Promise<Outcome> {
  const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
  return runProgram(program, args, { cwd: folder, env });
}
const edgectl = (...args: string[]) => run("npx", "--no-install", "edgectl", ...args);
const ok = expect.objectContaining({ code: 0 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-plant-"));
  const { tarball } = await buildPackage({ projectDirectory: checkout, tell: progress });
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  expect(await run("npm", "install", ...options, tarball)).toEqual(ok);
  const kubeconfig = inject("kubeconfig");
  const parsed = new KubeConfig();
  parsed.loadFromFile(kubeconfig);
  cluster = ["--context", parsed.getCurrentContext(), "--kubeconfig", kubeconfig];
}, 15 * minutes);

afterAll(async () => {
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
  await rm(folder, { recursive: true, force: true });
});

/** The manifest that init wrote, with an image that the cluster has in its only module's place. */
async function editManifest(greeting: string): Promise<void> {
  const file = join(folder, "deployment.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  const { modules } = JSON.parse(await readFile(imagesFile, "utf8"));
  const script = "console.log(process.env.GREETING); setInterval(() => {}, 60_000);";
  const { web } = modulesOf(manifest);
  web.settings = { image: modules.sample, createOptions: { Entrypoint: ["/bin/node", "-e", script] } };
  web.env = { GREETING: { value: greeting } };
  await writeFile(file, JSON.stringify(manifest));
}

const greeted = (greeting: string) =>
  waitFor(`the module's ${greeting}`, async () => {
    const log = await edgectl("logs", "web", "-n", namespace, ...cluster);
    return log.stdout.includes(greeting) ? log.stdout : undefined;
  });

describe("in an empty folder, with the packed tarball alone", { timeout: 10 * minutes }, () => {
  it("01 edgectl makes a project with the images that a checkout has built", async () => {
    const made = await edgectl("init", "--name", "plant", "--stack", "plant", "--images", imagesFile);
    expect(made).toEqual(ok);
    expect(made.stdout).not.toContain("name your images");
    await editManifest("hello");
  });

  it("02 renders it without a cluster, and its permissions are judged", async () => {
    expect(await edgectl("render", "--stack", "plant", "--out", "manifests")).toEqual(ok);
    const lint = await edgectl("rbac", "lint", "manifests", "--fail-on", "high");
    // 2: findings, none of them high.
    expect(lint).toMatchObject({ code: 2, stdout: expect.not.stringContaining("Unresolved") });
  });

  it("03 deploys it to the cluster of the context, where its module runs", async () => {
    const file = join(folder, "stacks/Pulumi.plant.yaml");
    const installations = [{ namespace, createNamespace: true, deploymentFile: "deployment.json", ...smallResources }];
    const text = await readFile(file, "utf8");
    const head = text.slice(0, text.indexOf("  iotedge:installations:"));
    await writeFile(file, `${head}${stringify({ "iotedge:installations": installations }).replace(/^/gm, "  ")}`);
    const up = await edgectl("up", "--stack", "plant", "--engine", "render", ...cluster);
    expect(up).toMatchObject({ code: 0, stderr: expect.not.stringContaining("error") });
    await greeted("hello");
    expect(await edgectl("status", "--stack", "plant", ...cluster)).toEqual(ok);
  });

  it("04 updates it", async () => {
    await editManifest("good evening");
    expect(await edgectl("up", "--stack", "plant", "--engine", "render", ...cluster)).toEqual(ok);
    await greeted("good evening");
    const pods = await items("pods", ["-n", namespace, "-l", moduleSelector("web")]);
    expect(pods.filter((pod) => pod.metadata.deletionTimestamp === undefined)).toHaveLength(1);
  });

  it("05 takes it down, and leaves nothing behind", async () => {
    expect(await edgectl("down", "--stack", "plant", "--engine", "render", ...cluster)).toEqual(ok);
    const left = await kubectlOk(["get", "namespaces,clusterroles,clusterrolebindings", "-o", "name"]);
    expect(left).toContain("clusterrole.rbac.authorization.k8s.io/cluster-admin");
    expect(left).not.toContain(namespace);
  });
});
