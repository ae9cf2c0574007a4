import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { makeArtifact, openRegistryTags, signerAnnotation } from "../../infra/gitops/index.ts";
import { connect } from "../../infra/kubernetes/index.ts";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { inspectHealth } from "../../infra/rollout/health/inspect.ts";
import { createTestCa } from "../fakes/test-ca.ts";
import { type AccountKubeconfig, accountKubeconfig } from "../support/account-kubeconfig.ts";
import { permissionsOf, readAudit, uses } from "../support/audit.ts";
import { makeSigner, type Signer } from "../support/cosign.ts";
import { documentedYaml } from "../support/documented-yaml.ts";
import { edgectl } from "../support/edgectl.ts";
import { type EdgectlProcess, startEdgectl } from "../support/edgectl-process.ts";
import { brokenTag, startFakeNode } from "../support/fake-node.ts";
import { type Flux, fluxNamespace, startFlux } from "../support/flux.ts";
import { readTag } from "../support/flux-reporter.ts";
import { hasRegistryTools, type Registry, startRegistry } from "../support/registry.ts";
import { startRollout } from "../support/rollout-process.ts";
import { makeRolloutProject, strategyOf } from "../support/rollout-project.ts";
import { serverCertificate } from "../support/server-certificate.ts";
import { waitFor } from "../support/wait-for.ts";
import { ownKeys } from "./gitops/project.ts";

const hasTools = await hasRegistryTools();
const run = promisify(execFile);
const [day, minute] = [86_400_000, 60_000];
/** The canary and one more are clusters of which the run has no context. */
const names = ["north", "south", "hub"] as const;
type Name = (typeof names)[number];
const strategy = strategyOf({ progressDeadline: "5m", failuresInARow: 2 });

let directory: string;
let planes: Readonly<Record<Name, Awaited<ReturnType<typeof startControlPlane>>>>;
let nodes: readonly Awaited<ReturnType<typeof startFakeNode>>[] = [];
let fluxes: readonly Flux[] = [];
let registry: Registry;
let project: Awaited<ReturnType<typeof makeRolloutProject>>;
let receiver: EdgectlProcess;
let own: object;
let signer: Signer;
/** Who rolls out, in the only cluster that is reached. */
let account: AccountKubeconfig;

const kubectl = async (name: Name, ...args: string[]) =>
  (await run(planes[name].kubectl, ["--kubeconfig", planes[name].kubeconfig, ...args], { maxBuffer: 1 << 24 })).stdout;
const rollout = (...args: readonly string[]) => edgectl(["rollout", ...args], { cwd: project.directory });
const status = async () => JSON.parse((await rollout("status", "--json")).stdout);
const digestOf = async (name: Name) => (await readTag(`${registry.host}/fleet/${name}`, "stable"))?.digest;
const digests = () => Promise.all(names.map(digestOf));
/** Image of iotedged in the cluster itself; empty where there is none. */
const imageIn = async (name: Name) =>
  (
    await kubectl(
      ...([name, "get", "deployment", "iotedged", "-n", "edge-a", "--ignore-not-found"] as const),
      "-o=jsonpath={.spec.template.spec.containers[0].image}",
    )
  ).trim();
const images = () => Promise.all(names.map(imageIn));
const running = (tag: string) => names.map(() => `example.org/iotedged:${tag}`);

/** Flux's objects of a cluster, as both pages show them; where they lead to is the test's. */
async function fluxObjects(name: Name, key: string, ca: string, url: string): Promise<readonly object[]> {
  const [source, kustomization] = await documentedYaml("gitops.md", "name: iotedge-keys");
  const [verifying] = await documentedYaml("gitops.md", "provider: cosign");
  const [provider, alert] = await documentedYaml("rollouts.md", "type: generic-hmac");
  const { dependsOn: _, healthCheckExprs: __, ...spec } = kustomization.spec;
  const healthChecks = [{ apiVersion: "apps/v1", kind: "Deployment", name: "iotedged", namespace: "edge-a" }];
  const repository = { url: `oci://${registry.host}/fleet/${name}`, insecure: true, interval: "2s" };
  const secret = (of: string, stringData: object) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: of, namespace: fluxNamespace },
    stringData,
  });
  return [
    { ...source, spec: { ...source.spec, ...verifying.spec, ...repository } },
    secret("cosign-pub", { "cosign.pub": signer.publicKey }),
    { ...kustomization, spec: { ...spec, healthChecks, interval: "5s", retryInterval: "5s", timeout: "8s" } },
    secret("rollouts", { token: key }),
    secret("rollouts-ca", { "ca.crt": ca }),
    { ...provider, spec: { ...provider.spec, address: `${url}/clusters/${name}/events` } },
    alert,
  ];
}

/** What the page grants to who rolls out, in the only cluster with a context. */
const roles = () => documentedYaml("rollouts.md", "name: iotedge-rollouts");

async function rights(): Promise<readonly object[]> {
  const subjects = [{ kind: "ServiceAccount", name: "rollouts", namespace: "default" }];
  const granted = await roles();
  // In all namespaces: that of the installation goes with a first deployment that is taken back.
  const bindings = granted.map(({ apiVersion, kind, metadata }) => ({
    ...{ apiVersion, kind: `${kind}Binding`, metadata, subjects },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: metadata.name },
  }));
  return [...granted, ...bindings];
}

beforeAll(async () => {
  if (!hasTools) return;
  directory = await mkdtemp(join(tmpdir(), "edge-rollout-flux-"));
  const started = await Promise.all(names.map((name) => startControlPlane({ directory: join(directory, name) })));
  planes = Object.fromEntries(names.map((name, index) => [name, started[index]])) as typeof planes;
  registry = await startRegistry();
  const targets = names.map((name) => ({ name, context: planes[name].context, kubeconfig: planes[name].kubeconfig }));
  nodes = await Promise.all(targets.map(startFakeNode));
  signer = await makeSigner(directory);
  account = await accountKubeconfig({
    admin: planes.hub.kubeconfig,
    kubectl: planes.hub.kubectl,
    ...{ namespace: "default", account: "rollouts", context: "hub", file: join(directory, "hub.kubeconfig") },
  });
  const reached = { context: account.context, kubeconfig: account.kubeconfig };
  project = await makeRolloutProject(targets, strategy, {
    clusterOf: ({ name }) => ({ name, engine: "gitops", ...(name === "hub" ? reached : {}) }),
    fleet: {
      gitops: {
        artifact: `oci://${registry.host}/fleet/{cluster}:stable`,
        ...{ insecure: true, silence: "2m", sign: { command: signer.command, verify: signer.verifyCommand } },
      },
    },
  });
  const ca = await createTestCa({ name: "ours", notBefore: Date.now() - day, notAfter: Date.now() + 900 * day });
  own = ownKeys(ca.certificatePem);
  const { cert, key } = await serverCertificate(ca);
  await writeFile(join(project.directory, "tls.crt"), cert);
  await writeFile(join(project.directory, "tls.key"), key);
  await mkdir(join(project.directory, "keys"));
  const keys = names.map(() => randomBytes(32).toString("hex"));
  for (const [index, name] of names.entries())
    await writeFile(join(project.directory, "keys", name), keys[index] ?? "");
  const options = ["--keys", "keys", "--tls-cert", "tls.crt", "--tls-key", "tls.key", "--listen", "127.0.0.1:0"];
  receiver = startEdgectl(["rollout", "receive", ...options], project.directory);
  await receiver.saw(/Receives at https:\S+\/clusters/);
  const [, url = ""] = /Receives at (https:\S+)\/clusters/.exec(receiver.output.stderr) ?? [];
  for (const [index, name] of names.entries()) {
    fluxes = [...fluxes, await startFlux(planes[name])];
    const file = join(directory, `${name}.yaml`);
    const objects = await fluxObjects(name, keys[index] ?? "", ca.certificatePem, url);
    await writeFile(file, objects.map((object) => stringify(object)).join("---\n"));
    await kubectl(name, "apply", "--server-side", "-f", file);
  }
  const file = join(directory, "rights.yaml");
  await writeFile(file, (await rights()).map((object) => stringify(object)).join("---\n"));
  await kubectl("hub", "apply", "--server-side", "-f", file);
}, 40 * minute);
afterAll(async () => {
  await Promise.all(fluxes.map((flux) => flux.stop()));
  receiver?.interrupt();
  await receiver?.ended;
  await Promise.all(nodes.map((node) => node.stop()));
  await project?.remove();
  await registry?.[Symbol.asyncDispose]();
  await Promise.all(Object.values(planes ?? {}).map((plane) => plane.stop()));
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}, 2 * minute);

/** What an operator would look at first where Flux does not do what it should. */
const logs = () =>
  `${receiver.output.stdout.slice(-3000)}\n${fluxes.map(({ log }) => log.slice(-15).join("\n")).join("\n\n")}`;

describe.skipIf(!hasTools)(
  "rollout by real Flux, two of three clusters without a context",
  { timeout: 10 * minute },
  () => {
    it("01 deploys wave by wave", async () => {
      await project.release("1", own);
      const { code, stdout, stderr } = await rollout("run", "--yes", "--json");
      expect(code, stdout + stderr + logs()).toBe(0);
      const events = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(events.find(({ type }) => type === "applied").cluster).toBe("north");
      const healthy = events.findIndex(({ type, result }) => type === "healthReported" && result.healthy);
      expect(healthy).toBeLessThan(events.findIndex(({ type, cluster }) => type === "applied" && cluster !== "north"));
      expect(await images()).toEqual(running("1"));
    });

    it("02 takes a first deployment back: Flux deletes it", async () => {
      const { code, stderr } = await rollout("rollback", "--reason", "too early");
      expect(code, stderr + logs()).toBe(0);
      expect(await images()).toEqual(["", "", ""]);
      expect(await rollout("run", "--yes")).toMatchObject({ code: 0 });
      expect(await images()).toEqual(running("1"));
    });

    it("03 halts at a canary that fails its health check, and goes back by the tag", async () => {
      const before = await digests();
      await project.writeFleet({ ...strategy, progressDeadline: "40s" });
      await project.release(brokenTag, own);
      const { code, stderr } = await rollout("run", "--yes");
      expect(code, stderr + logs()).toBe(3);
      expect(stderr).toContain("Flux reports sha256:");
      expect(stderr).toMatch(/health check failed.*iotedged/s);
      expect(await images()).toEqual([`example.org/iotedged:${brokenTag}`, ...running("1").slice(1)]);
      expect((await digests()).slice(1)).toEqual(before.slice(1));
      expect((await status()).clusters).toMatchObject([
        { name: "north", phase: "failed", failedIn: "verify" },
        { name: "south", phase: "pending", touched: false },
        { name: "hub", phase: "pending", touched: false },
      ]);
      const back = await rollout("rollback", "--reason", "the image is missing");
      expect(back.code, back.stderr + logs()).toBe(0);
      expect(await digests()).toEqual(before);
      expect(await images()).toEqual(running("1"));
      await project.writeFleet(strategy);
    });

    it("04 goes on after kill -9 where it was", async () => {
      await project.release("2", own);
      const killed = startRollout(project.directory, ["run", "--yes"]);
      await killed.waitFor(({ type, action }) => type === "began" && action?.startsWith("apply/south") === true);
      killed.kill();
      await killed.ended;
      const { code, stderr } = await rollout("resume");
      expect(code, stderr + logs()).toBe(0);
      expect(await images()).toEqual(running("2"));
    });

    it("05 is taken by no Flux that verifies while the fleet file signs nothing, and goes back", async () => {
      const before = await digests();
      await project.writeFleet({ ...strategy, progressDeadline: "30s" });
      const file = join(project.directory, "stacks/fleet.yaml");
      const { gitops, ...fleet } = parse(await readFile(file, "utf8"));
      await writeFile(file, stringify({ ...fleet, gitops: { ...gitops, sign: undefined } }));
      await project.release("3", own);
      const { code, stderr } = await rollout("run", "--yes");
      expect(code, stderr + logs()).toBe(3);
      expect(stderr).toMatch(/Flux has not reported sha256:\w+ yet/);
      const { status: source } = JSON.parse(
        await kubectl("north", "get", "ocirepository", "iotedge", "-n", fluxNamespace, "-o", "json"),
      );
      expect(JSON.stringify(source.conditions)).toContain("VerificationError");
      expect(await images()).toEqual(running("2"));
      const back = await rollout("rollback", "--reason", "nobody has signed it");
      expect(back.code, back.stderr + logs()).toBe(0);
      expect(await digests()).toEqual(before);
    });

    it("06 replaces what names the signer that has not signed it, which no Flux takes", async () => {
      await project.writeFleet(strategy);
      await project.release("2", own);
      const [tags, { signal }] = [openRegistryTags(), new AbortController()];
      const repository = { name: `${registry.host}/fleet/south`, insecure: true };
      const before = await tags.read(repository, "stable", signal);
      if (before === undefined) throw new Error("there is no tag");
      const origin = { revision: "by@sha1:hand", signer: before.annotations[signerAnnotation] ?? "" };
      const copied = await makeArtifact(await tags.pull(repository, before, signal), origin);
      await tags.push(repository, "stable", copied, signal);
      const source = ["get", "ocirepository", "iotedge", "-n", fluxNamespace, "-o=jsonpath={.status.conditions}"];
      await waitFor(
        "Flux to refuse it",
        async () => (await kubectl("south", ...source)).includes("VerificationError") || undefined,
      );
      const { code, stdout } = await rollout("drift");
      expect([code, stdout]).toEqual([
        8,
        expect.stringMatching(/^south: differs.*\n.*signature of the artifact\n.*not good/m),
      ]);
      const run = await rollout("run", "--yes");
      expect(run.code, run.stderr + logs()).toBe(0);
      expect([before.digest, copied.manifest.digest]).not.toContain(await digestOf("south"));
      expect(await kubectl("south", ...source)).not.toContain("VerificationError");
      expect(await rollout("drift")).toMatchObject({ code: 0 });
    });

    it("07 has used every right that the page lists in a cluster with a context, and was refused none", async () => {
      // What a run looks at while Flux is content and the installation is not ready.
      const suspend = '{"spec":{"suspend":true}}';
      await kubectl("hub", "patch", "kustomization", "iotedge", "-n", fluxNamespace, "--type=merge", "-p", suspend);
      await kubectl("hub", "delete", "deployment", "iotedged", "-n", "edge-a");
      expect(await inspectHealth(await connect(account), ["edge-a"], "full")).toMatchObject({ healthy: false });
      const events = (await readAudit(planes.hub.auditLog)).filter(({ user }) => user.username === account.username);
      // What is not there may be asked for all the same.
      const allowed = events.map((event) =>
        event.responseStatus?.code === 404 ? { ...event, responseStatus: { code: 200 } } : event,
      );
      const unused = permissionsOf((await roles()).flatMap(({ rules }) => rules)).filter(
        (permission) => !allowed.some((event) => uses(event, permission)),
      );
      expect(unused).toEqual([]);
      const refused = events.filter(({ responseStatus }) => responseStatus?.code === 403);
      expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
    });
  },
);
