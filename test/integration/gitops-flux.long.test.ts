import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { labels, tokenAudience } from "#contract";
import { pushArtifact } from "../../infra/gitops/index.ts";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { makeSigner, type Signer } from "../support/cosign.ts";
import { startFakeNode } from "../support/fake-node.ts";
import { type Flux, fluxNamespace, startFlux } from "../support/flux.ts";
import { hasRegistryTools, type Registry, startRegistry } from "../support/registry.ts";
import { ensureSops } from "../support/sops.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Daemons, kubeConfigOf, startDaemons } from "./gitops/daemons.ts";
import { deploymentOf, fluxObjects, keysObjects } from "./gitops/flux-objects.ts";
import { type GitopsProject, makeGitopsProject, ownKeys } from "./gitops/project.ts";

const hasTools = await hasRegistryTools();
const namespace = "line-1";
/** Limits against hanging alone, in seconds. */
const minute = 60;
const patience = 5 * minute;
const run = promisify(execFile);
const eventually = <T>(what: string, probe: () => Promise<T | undefined>) => waitFor(what, probe, patience);

let directory: string;
let cluster: Awaited<ReturnType<typeof startControlPlane>>;
let node: Awaited<ReturnType<typeof startFakeNode>>;
let registry: Registry;
let flux: Flux;
let project: GitopsProject;
let installation: Readonly<Record<string, unknown>>;
let sops: string;
let signer: Signer;
/** Recipient of age to whom Flux has the key. */
let recipient: string;
let daemons: Daemons | undefined;
/** Digest of the first release. */
let first: string;

const kubectl = async (...args: string[]) =>
  (await run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args], { maxBuffer: 1 << 24 })).stdout;
const get = async (kind: string, name: string, where = namespace) =>
  JSON.parse(await kubectl("get", kind, name, "-n", where, "-o", "json"));
const isThere = async (kind: string, name: string) =>
  (await kubectl("get", kind, name, "-n", namespace, "--ignore-not-found", "-o", "name")) !== "";
async function apply(...objects: readonly object[]): Promise<void> {
  const file = join(directory, "applied.yaml");
  await writeFile(file, objects.map((object) => stringify(object)).join("---\n"));
  await kubectl("apply", "--server-side", "--force-conflicts", "-f", file);
}

async function pushKeys(): Promise<void> {
  const content = stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const to = `oci://${registry.host}/fleet/keys:stable`;
  const { signal } = new AbortController();
  await signer.sign(await pushArtifact([{ name: "keys.yaml", content }], { to, insecure: true, signal }));
}

/** What Flux decrypts and verifies by, as the page makes it by kubectl. */
async function applyFluxKeys(ageKey: string): Promise<void> {
  const secret = (name: string, stringData: object) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: fluxNamespace },
    stringData,
  });
  await apply(secret("sops-age", { "age.agekey": ageKey }), secret("cosign-pub", { "cosign.pub": signer.publicKey }));
}

/** What an operator's pipeline does; answers the digest. */
async function release(change: object, revision: string, options = { signed: true }): Promise<string> {
  await project.configure({ ...installation, ...change });
  const to = `oci://${registry.host}/fleet/factory-3:stable`;
  const push = ["--push", to, "--insecure", "--revision", revision];
  const { code, stdout, stderr } = await project.render("--gitops", "rendered", ...push);
  if (code !== 0) throw new Error(stderr);
  if (options.signed) await signer.sign(stdout);
  return digestIn(stdout);
}

/** Has edgectl make the keys, and trusts the CA as its error says. */
async function makeKeys(): Promise<void> {
  const withCas = (trustedCas: readonly string[]) => {
    const { identity, trust } = ownKeys("");
    return { namespace, nodeObserver: true, identity, trust: { ...trust, trustedCas } };
  };
  await project.configure(withCas([]));
  const env = { PATH: `${sops}${delimiter}${process.env.PATH}` };
  const { stderr } = await project.renderWith(env, "--gitops", "rendered", "--sops-age", recipient);
  const [certificate] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(stderr) ?? [];
  if (certificate === undefined) throw new Error(stderr);
  installation = withCas([certificate.replace(/^ +/gm, "")]);
}

function digestIn(reference: string): string {
  return reference.trim().split("@")[1] ?? "";
}

/** As `flux reconcile` does, so that nobody waits for the interval. */
async function reconcile(): Promise<void> {
  const now = `reconcile.fluxcd.io/requestedAt=${Date.now()}`;
  for (const kind of ["ocirepository", "kustomization"]) {
    await kubectl("annotate", kind, "iotedge", "-n", fluxNamespace, "--overwrite", now);
  }
  await eventually("Flux to have looked", async () => {
    const { status } = await get("kustomization", "iotedge", fluxNamespace);
    return now.endsWith(status?.lastHandledReconcileAt ?? "?") || undefined;
  });
}

/** What a write would change of the objects that Flux has applied. */
async function versions(): Promise<readonly string[]> {
  const kinds = "roles,rolebindings,configmaps,secrets,serviceaccounts,services,networkpolicies,poddisruptionbudgets";
  const { items } = JSON.parse(await kubectl("get", kinds, "-n", namespace, "-o", "json"));
  const { metadata } = await get("deployment", "iotedged");
  const isFluxs = (one: { metadata: { labels?: Record<string, string> } }) =>
    one.metadata.labels?.["kustomize.toolkit.fluxcd.io/name"] === "iotedge";
  const seen = items
    .filter(isFluxs)
    // A budget's status is written by the cluster.
    .map(({ kind, metadata: meta }: { kind: string; metadata: Record<string, string> }) =>
      kind === "PodDisruptionBudget"
        ? `${kind} ${meta.name} ${meta.generation}`
        : `${kind} ${meta.name} ${meta.resourceVersion}`,
    );
  return [...seen, `Deployment iotedged ${metadata.generation}`];
}

/** The condition `Ready` of the Kustomization, once it is as expected for what has that digest. */
function ready(status: "True" | "False", digest: string, accept = (_: string) => true): Promise<string> {
  return eventually(`Flux to say Ready: ${status} of ${digest}\n${flux.log.slice(-20).join("\n")}`, async () => {
    const found = await get("kustomization", "iotedge", fluxNamespace);
    const condition = found.status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
    const attempted: string = found.status?.lastAttemptedRevision ?? "";
    const isIt = condition?.status === status && attempted.includes(digest) && accept(condition.message);
    return isIt ? String(condition.message) : undefined;
  });
}

/** Runs iotedged and EdgeAgent once Flux has deployed the installation. */
async function runDaemons(): Promise<void> {
  await eventually(
    "Flux to deploy the installation",
    async () => (await isThere("deployment", "iotedged")) || undefined,
  );
  daemons = await startDaemons(deployed(), namespace);
}
const deployed = () => ({ kubeconfig: cluster.kubeconfig, kubectl });

beforeAll(
  async () => {
    if (!hasTools) return;
    directory = await mkdtemp(join(tmpdir(), "edge-gitops-flux-"));
    cluster = await startControlPlane({ directory: join(directory, "plane") });
    const { context, kubeconfig } = cluster;
    node = await startFakeNode({ context, kubeconfig });
    registry = await startRegistry();
    project = await makeGitopsProject();
    flux = await startFlux(cluster);
    sops = await ensureSops();
    signer = await makeSigner(directory);
    const ageKey = await generateIdentity();
    recipient = await identityToRecipient(ageKey);
    await applyFluxKeys(ageKey);
  },
  30 * minute * 1000,
);
afterAll(async () => {
  await daemons?.[Symbol.asyncDispose]();
  await flux?.stop();
  await node?.stop();
  await registry?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await cluster?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

describe.skipIf(!hasTools)("an installation by Flux alone", { timeout: 20 * minute * 1000 }, () => {
  it("01 is not taken unless it is signed, and then waits for what brings its namespace", async () => {
    await makeKeys();
    first = await release({ deployment: deploymentOf("1") }, "main@sha1:1111", { signed: false });
    await apply(...(await fluxObjects(registry.host)));
    await eventually("Flux to refuse what nobody has signed", async () => {
      const { status } = await get("ocirepository", "iotedge", fluxNamespace);
      return JSON.stringify(status?.conditions ?? []).includes("VerificationError") || undefined;
    });
    await signer.sign(`oci://${registry.host}/fleet/factory-3:stable@${first}`);
    await kubectl(
      "annotate",
      "ocirepository",
      "iotedge",
      "-n",
      fluxNamespace,
      `reconcile.fluxcd.io/requestedAt=${Date.now()}`,
    );
    await eventually("Flux to wait for the dependency", async () => {
      const { status } = await get("kustomization", "iotedge", fluxNamespace);
      const reasons = status?.conditions?.map(({ reason }: { reason: string }) => reason);
      return reasons?.includes("DependencyNotReady") || undefined;
    });
    expect(await kubectl("get", "namespace", namespace, "--ignore-not-found")).toBe("");
  });

  it("02 goes from a push to a signed call", async () => {
    await pushKeys();
    await apply(...(await keysObjects(registry.host)));
    await runDaemons();
    await reconcile();
    await ready("True", first);
    const { status } = await get("kustomization", "iotedge", fluxNamespace);
    expect(status.lastAppliedOriginRevision).toBe("main@sha1:1111");
    const pod = await eventually("the module's pod", async () => {
      const named = await kubectl("get", "pods", "-n", namespace, "-l", `${labels.module}=sensor`, "-o", "name");
      return named.trim().split("\n")[0]?.replace("pod/", "") || undefined;
    });
    const audience = ["--audience", tokenAudience({ namespace, name: namespace })];
    const { token } = await kubeConfigOf(
      deployed(),
      namespace,
      "sensor",
      ...audience,
      "--bound-object-kind",
      "Pod",
      "--bound-object-name",
      pod,
    );
    const body = { keyId: "primary", algo: "HMACSHA256", data: Buffer.from("hello").toString("base64") };
    // The generation of a module is its account's UID.
    const generationId = (await get("serviceaccount", "sensor")).metadata.uid;
    const answer = await daemons?.iotedged.call("workload", token, `/modules/sensor/genid/${generationId}/sign`, body);
    expect(answer).toMatchObject({ status: 200, json: { digest: expect.any(String) } });
  });

  it("03 is changed by no further reconciliation, and no key is in what Flux read or logged", async () => {
    const before = await versions();
    expect(before.length).toBeGreaterThan(10);
    await reconcile();
    expect(await versions()).toEqual(before);
    const secrets = await Promise.all(
      [
        ["our-identity", "identity.key"],
        ["our-ca", "tls.key"],
      ].map(async ([name = "", key = ""]) => Buffer.from((await get("secret", name)).data[key], "base64").toString()),
    );
    const folder = join(project.directory, "rendered");
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
    const seen = [...files, ...flux.log, ...(daemons?.iotedged.log ?? [])].join("\n");
    for (const secret of secrets) {
      const [, body = ""] = secret.split("\n");
      expect(body.length).toBeGreaterThan(40);
      for (const form of [body, Buffer.from(secret).toString("base64").slice(0, 200)]) expect(seen).not.toContain(form);
    }
  });

  it("04 is updated by moving the tag", async () => {
    const digest = await release({ deployment: deploymentOf("2") }, "main@sha1:2222");
    await reconcile();
    await ready("True", digest);
    await eventually("the module's change", async () => (await releaseOfModule()) === "2" || undefined);
  });

  it("05 is repaired after drift", async () => {
    const before = (await get("role", "edgeagent")).rules;
    await kubectl(
      "patch",
      "role",
      "edgeagent",
      "-n",
      namespace,
      "--type=json",
      "-p",
      `[{"op":"remove","path":"/rules/0"}]`,
    );
    await kubectl("delete", "service", "iotedged", "-n", namespace);
    await reconcile();
    await eventually("Flux to repair", async () => {
      const { rules } = await get("role", "edgeagent");
      return (rules.length === before.length && (await isThere("service", "iotedged"))) || undefined;
    });
    expect((await get("role", "edgeagent")).rules).toEqual(before);
  });

  it("06 is not ready while EdgeAgent refuses its manifest, and runs on", async () => {
    const folder = join(project.directory, "rendered");
    const files = await Promise.all(
      (await readdir(folder)).map(async (name) => ({ name, content: await readFile(join(folder, name), "utf8") })),
    );
    // edgectl itself renders no such manifest: it judges as EdgeAgent does. Somebody has edited the rendered file.
    const broken = files.map(({ name, content }) => ({ name, content: content.replaceAll('"1.1"', '"9.9"') }));
    expect(broken).not.toEqual(files);
    const to = `oci://${registry.host}/fleet/factory-3:stable`;
    const { signal } = new AbortController();
    const pushed = await pushArtifact(broken, { to, insecure: true, signal, revision: "main@sha1:3333" });
    await signer.sign(pushed);
    const digest = digestIn(pushed);
    await reconcile();
    await eventually("EdgeAgent to refuse", async () => {
      const { data } = await get("configmap", "edgeagent-status");
      return JSON.parse(data["status.json"]).lastDesiredStatus.code === 400 || undefined;
    });
    await reconcile();
    expect(await ready("False", digest, (message) => message.includes("edgeagent-status"))).toMatch(
      /health check failed.*ConfigMap\/line-1\/edgeagent-status/s,
    );
    expect(await releaseOfModule()).toBe("2");
  });

  it("07 is ready again with the next good manifest", async () => {
    const digest = await release({ deployment: deploymentOf("4") }, "main@sha1:4444");
    await reconcile();
    await ready("True", digest);
  });

  it("08 loses what is no longer rendered", async () => {
    const roles = () => kubectl("get", "clusterroles", "-o", "name");
    expect(await roles()).toMatch(/iotedge:line-1:.*node-observer/);
    const digest = await release({ nodeObserver: false }, "main@sha1:5555");
    await reconcile();
    await ready("True", digest);
    expect(await roles()).not.toContain("iotedge:line-1");
  });

  it("09 goes with its Kustomization, and leaves its namespace and keys", async () => {
    await daemons?.[Symbol.asyncDispose]();
    daemons = undefined;
    await kubectl("delete", "kustomization", "iotedge", "-n", fluxNamespace, "--timeout=300s");
    await eventually("all to be gone", async () => {
      const kinds = "deployments,services,serviceaccounts,roles,rolebindings,networkpolicies";
      const left = await kubectl("get", kinds, "-n", namespace, "-o", "name");
      return left.trim() === "serviceaccount/default" || undefined;
    });
    expect(await isThere("secret", "our-identity")).toBe(true);
    expect(await kubectl("get", "validatingadmissionpolicies", "-o", "name")).not.toContain("iotedge-line-1");
  });
});

async function releaseOfModule(): Promise<string | undefined> {
  const { spec } = await get("deployment", "sensor");
  const all: { env?: { name: string; value: string }[] }[] = spec.template.spec.containers;
  return all.flatMap(({ env = [] }) => env).find(({ name }) => name === "RELEASE")?.value;
}
