import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { createTestCa } from "../fakes/test-ca.ts";
import { type Application, openApplication } from "../support/argo-cd.ts";
import { documentedYaml } from "../support/documented-yaml.ts";
import { startFakeNode } from "../support/fake-node.ts";
import "../support/provided.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Daemons, startDaemons } from "./gitops/daemons.ts";
import { deploymentOf } from "./gitops/flux-objects.ts";
import { type GitopsProject, makeGitopsProject, ownKeys } from "./gitops/project.ts";

const namespace = "line-1";
const [day, minute] = [86_400_000, 60_000];
const run = promisify(execFile);

let directory: string;
let cluster: Awaited<ReturnType<typeof startControlPlane>>;
let node: Awaited<ReturnType<typeof startFakeNode>>;
let project: GitopsProject;
let installation: object;
let application: Application;
let daemons: Daemons | undefined;

const kubectl = async (...args: string[]) =>
  (await run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args], { maxBuffer: 1 << 24 })).stdout;

/** What Argo CD gets of kustomize: the rendered folder by the overlay of the page. */
async function objectsOf(change: object): Promise<readonly Record<string, unknown>[]> {
  await project.configure({ ...installation, ...change });
  const { code, stderr } = await project.render("--gitops", "rendered");
  if (code !== 0) throw new Error(stderr);
  const overlay = join(project.directory, "overlay");
  await mkdir(overlay, { recursive: true });
  const [document] = await documentedYaml("gitops.md", "argocd.argoproj.io/sync-wave");
  await writeFile(join(overlay, "kustomization.yaml"), stringify({ ...document, resources: ["../rendered"] }));
  const built = await run(join(inject("gitopsTools"), "kustomize"), ["build", overlay], { maxBuffer: 1 << 24 });
  return parseAllDocuments(built.stdout).map((one) => one.toJS());
}

async function applyKeys(ca: Awaited<ReturnType<typeof createTestCa>>): Promise<void> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const identity = privateKey.export({ type: "pkcs8", format: "pem" });
  const secret = (name: string, stringData: object, type = "Opaque") => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type,
    stringData,
  });
  const file = join(directory, "keys.yaml");
  const tls = { "tls.crt": ca.certificatePem, "tls.key": ca.keyPem };
  const objects = [secret("our-identity", { "identity.key": identity }), secret("our-ca", tls, "kubernetes.io/tls")];
  await writeFile(file, objects.map((one) => stringify(one)).join("---\n"), { mode: 0o600 });
  await kubectl("create", "namespace", namespace);
  await kubectl("apply", "-f", file);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-argo-cd-"));
  cluster = await startControlPlane({ directory: join(directory, "plane") });
  node = await startFakeNode({ context: cluster.context, kubeconfig: cluster.kubeconfig });
  project = await makeGitopsProject();
  const ca = await createTestCa({ name: "ours", notBefore: Date.now() - day, notAfter: Date.now() + 900 * day });
  installation = { namespace, nodeObserver: true, ...ownKeys(ca.certificatePem), deployment: deploymentOf("1") };
  await applyKeys(ca);
  application = await openApplication(cluster.kubeconfig, "iotedge");
}, 20 * minute);
afterAll(async () => {
  await daemons?.[Symbol.asyncDispose]();
  await node?.stop();
  await project?.[Symbol.asyncDispose]();
  await cluster?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

describe("an installation by Argo CD's engine", { timeout: 5 * minute }, () => {
  it("01 is synced with its admission policies first", async () => {
    const objects = await objectsOf({});
    expect((await application.look(objects)).differs).toHaveLength(objects.length);
    const { synced } = await application.sync(objects);
    expect(synced?.map(({ status, message }) => [status, message]).filter(([status]) => status !== "Synced")).toEqual(
      [],
    );
    const kinds = synced?.map(({ object }) => object.split(" ")[0] ?? "") ?? [];
    const isPolicy = kinds.map((kind) => kind.startsWith("ValidatingAdmissionPolicy"));
    expect(isPolicy.filter(Boolean).length).toBeGreaterThan(3);
    expect(isPolicy.lastIndexOf(true)).toBeLessThan(isPolicy.indexOf(false));
    expect(kinds.indexOf("ServiceAccount")).toBeLessThan(kinds.indexOf("Deployment"));
  });

  it("02 has nothing that differs, before and after iotedged and EdgeAgent have made what is theirs", async () => {
    const objects = await objectsOf({});
    expect((await application.look(objects)).differs).toEqual([]);
    daemons = await startDaemons({ kubeconfig: cluster.kubeconfig, kubectl }, namespace);
    await waitFor("healthy modules", async () => {
      const { health, tree } = await application.look(objects);
      const deployments = [health, tree]
        .flatMap((all) => Object.entries(all))
        .filter(([name]) => /^Deployment/.test(name));
      return (deployments.length === 3 && deployments.every(([, state]) => state === "Healthy")) || undefined;
    });
    const { differs, health, tree } = await application.look(objects);
    expect(differs).toEqual([]);
    expect(health).toMatchObject({ [`Deployment ${namespace}/iotedged`]: "Healthy" });
    expect(tree).toMatchObject({
      [`Deployment ${namespace}/edgeagent`]: "Healthy",
      [`Deployment ${namespace}/sensor`]: "Healthy",
    });
    expect((await application.sync(objects)).differs).toEqual([]);
  });

  it("03 is repaired after drift", async () => {
    const objects = await objectsOf({});
    const patch = `[{"op":"remove","path":"/rules/0"}]`;
    await kubectl("patch", "role", "edgeagent", "-n", namespace, "--type=json", "-p", patch);
    await kubectl("delete", "service", "iotedged", "-n", namespace);
    const drifted = (await application.look(objects)).differs;
    expect(drifted.toSorted()).toEqual([`Role ${namespace}/edgeagent`, `Service ${namespace}/iotedged`]);
    expect((await application.sync(objects)).differs).toEqual([]);
  });

  it("04 loses what is no longer rendered, and nothing of EdgeAgent's", async () => {
    const { synced } = await application.sync(await objectsOf({ nodeObserver: false }));
    const pruned = synced?.filter(({ status }) => status === "Pruned").map(({ object }) => object.split(" ")[0]);
    expect(new Set(pruned)).toEqual(new Set(["ClusterRole", "ClusterRoleBinding"]));
    expect(await kubectl("get", "clusterroles", "-o", "name")).not.toContain(`iotedge:${namespace}`);
    expect(await kubectl("get", "deployments", "-n", namespace, "-o", "name")).toContain("deployment.apps/sensor");
  });

  it("05 goes with its modules, and leaves its namespace and keys", async () => {
    await daemons?.[Symbol.asyncDispose]();
    daemons = undefined;
    await application.sync([]);
    await waitFor("all to be gone", async () => {
      const kinds = "deployments,services,serviceaccounts,roles,rolebindings,networkpolicies";
      const left = await kubectl("get", kinds, "-n", namespace, "-o", "name");
      return left.trim() === "serviceaccount/default" || undefined;
    });
    expect(await kubectl("get", "secret", "-n", namespace, "-o", "name")).toBe("secret/our-ca\nsecret/our-identity\n");
    expect(await kubectl("get", "validatingadmissionpolicies", "-o", "name")).not.toContain(`iotedge-${namespace}`);
  });
});
