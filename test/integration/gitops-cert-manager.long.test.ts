import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { dataKeys, issuedCaSecret, objectNames, tokenAudience } from "#contract";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { createTestCa, type TestCa } from "../fakes/test-ca.ts";
import { type CertManager, startCertManager } from "../support/cert-manager.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { type GitopsProject, makeGitopsProject } from "./gitops/project.ts";

const run = promisify(execFile);
const day = 86_400_000;
/** Limits against hanging alone, in seconds. */
const minute = 60;
const eventually = <T>(what: string, probe: () => Promise<T | undefined>) => waitFor(what, probe, 5 * minute);

let directory: string;
let cluster: Awaited<ReturnType<typeof startControlPlane>>;
let certManager: CertManager;
let namespace: TestNamespace;
let project: GitopsProject;
let iotedged: RunningIotedged;
let roots: Readonly<Record<"old" | "next", TestCa>>;
let token: string;
/** UID of the module's account, which is its generation. */
let generation: string;

const kubectl = async (...args: string[]) =>
  (await run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args], { maxBuffer: 1 << 24 })).stdout;

async function apply(...objects: readonly object[]): Promise<void> {
  const file = join(directory, "applied.yaml");
  await writeFile(file, objects.map((object) => stringify(object)).join("---\n"));
  await kubectl("apply", "--server-side", "--force-conflicts", "-n", namespace.name, "-f", file);
}

/** An issuer of cert-manager and the CA that it issues from. */
function issuer(name: string, { certificatePem, keyPem }: TestCa) {
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": certificatePem, "tls.key": keyPem },
    },
    { apiVersion: "cert-manager.io/v1", kind: "Issuer", metadata: { name }, spec: { ca: { secretName: name } } },
  ];
}

/** Renders the stack and applies what has to do with the CA, as Flux would; the kubelet's part is that of {@link mount}. */
async function deploy(issuerName: string, trusted: readonly TestCa[]): Promise<void> {
  await project.configure({
    namespace: namespace.name,
    identity: { existingSecret: "our-identity" },
    trust: {
      workloadCa: { certManager: { issuerRef: { name: issuerName } } },
      trustedCas: trusted.map(({ certificatePem }) => certificatePem),
    },
  });
  const { code, stderr } = await project.render("--gitops", "rendered", "--readme");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { stdout } = await run(cluster.kubectl, ["kustomize", join(project.directory, "rendered")], {
    maxBuffer: 1 << 24,
  });
  const objects = parseAllDocuments(stdout).map((one) => one.toJS());
  expect(objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
  await apply(
    ...objects.filter(
      ({ kind, metadata }) =>
        kind === "Certificate" || (kind === "ConfigMap" && metadata.name === objectNames.trustBundle),
    ),
  );
}

interface SecretFiles {
  readonly certificatePem: string;
  readonly keyPem: string;
}

async function readCa(): Promise<SecretFiles | undefined> {
  const text = await kubectl("get", "secret", issuedCaSecret, "-n", namespace.name, "--ignore-not-found", "-o", "json");
  if (text === "") return undefined;
  const { data, type } = JSON.parse(text);
  expect(type).toBe("kubernetes.io/tls");
  const decode = (key: string) => Buffer.from(data[key], "base64").toString("utf8");
  return { certificatePem: decode(dataKeys.certificate), keyPem: decode(dataKeys.privateKey) };
}

const changedFrom = (before: SecretFiles | undefined) =>
  eventually(`another CA\n${certManager.log.slice(-20).join("\n")}`, async () => {
    const now = await readCa();
    return now !== undefined && now.keyPem !== before?.keyPem ? now : undefined;
  });

const certificate = async () =>
  JSON.parse(await kubectl("get", "certificate", issuedCaSecret, "-n", namespace.name, "-o", "json"));

async function bundle(): Promise<string> {
  const { data } = JSON.parse(
    await kubectl("get", "configmap", objectNames.trustBundle, "-n", namespace.name, "-o", "json"),
  );
  return data[dataKeys.trustBundle];
}

/** What the kubelet does with the Secret and the ConfigMap, and that iotedged has taken it up. */
async function mount(ca: SecretFiles): Promise<void> {
  await iotedged.setTrustBundle(await bundle());
  await iotedged.setCa(ca);
  const { fingerprint256 } = new X509Certificate(ca.certificatePem);
  await eventually("iotedged to issue from it", async () => {
    const [, issuedBy] = blocks((await serverCertificate("sensor")).certificate);
    return new X509Certificate(issuedBy ?? "").fingerprint256 === fingerprint256 || undefined;
  });
}

function blocks(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
}

interface ServerCertificate {
  readonly certificate: string;
  readonly privateKey: { readonly bytes: string };
}

/** Of another name than {@link mount} asks for: the record tells certificates apart by it. */
const longName = () => `sensor.${namespace.name}.svc`;

async function serverCertificate(commonName: string): Promise<ServerCertificate> {
  const path = `/modules/sensor/genid/${generation}/certificate/server`;
  const expiration = new Date(Date.now() + day).toISOString();
  const { status, json } = await iotedged.call("workload", token, path, { commonName, expiration });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
  return json;
}

/** Whether a client that trusts the bundle in the cluster takes the certificate, in a real handshake. */
async function isTaken({ certificate, privateKey }: ServerCertificate): Promise<boolean> {
  const server = createServer({ cert: certificate, key: privateKey.bytes }).listen(0, "127.0.0.1");
  server.on("tlsClientError", () => {});
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", ca: await bundle(), checkServerIdentity: () => undefined });
  const taken = await new Promise<boolean>((resolve) => {
    socket.once("secureConnect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  server.close();
  return taken;
}

beforeAll(
  async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-cert-manager-"));
    cluster = await startControlPlane({ directory: join(directory, "plane") });
    certManager = await startCertManager(cluster);
    namespace = await createTestNamespace(cluster.kubeconfig, "edge-issued");
    project = await makeGitopsProject();
    const life = { notBefore: Date.now() - day, notAfter: Date.now() + 3650 * day };
    roots = {
      old: await createTestCa({ name: "plant root", ...life }),
      next: await createTestCa({ name: "plant root 2", ...life }),
    };
    await namespace.createAccount("sensor", "sensor");
    const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
    token = await namespace.token("sensor", { audience, pod: await namespace.createPod("sensor-1", "sensor") });
    const account = JSON.parse(await kubectl("get", "serviceaccount", "sensor", "-n", namespace.name, "-o", "json"));
    generation = account.metadata.uid;
  },
  30 * minute * 1000,
);
afterAll(async () => {
  await iotedged?.stop();
  await certManager?.stop();
  await namespace?.client.close();
  await project?.[Symbol.asyncDispose]();
  await cluster?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

describe("a workload CA by cert-manager", { timeout: 20 * minute * 1000 }, () => {
  let first: SecretFiles;
  let renewed: SecretFiles;
  let ofFirst: ServerCertificate;
  let ofRenewed: ServerCertificate;

  it("01 is made in the cluster, with the lives that the stack has", async () => {
    await apply(...issuer("plant-ca", roots.old));
    await deploy("plant-ca", [roots.old]);
    first = await changedFrom(undefined);
    const made = new X509Certificate(first.certificatePem);
    expect(made.ca).toBe(true);
    expect(made.verify(new X509Certificate(roots.old.certificatePem).publicKey)).toBe(true);
    expect(Date.parse(made.validTo) - Date.parse(made.validFrom)).toBe(730 * day);
    const { status } = await eventually("cert-manager to call it ready", async () => {
      const found = await certificate();
      const isReady = found.status?.conditions?.some(
        ({ type, status: is }: Record<string, string>) => type === "Ready" && is === "True",
      );
      return isReady ? found : undefined;
    });
    expect(Date.parse(status.notAfter) - Date.parse(status.renewalTime)).toBe(180 * day);
  });

  it("02 is one that iotedged issues from, below the bundle", async () => {
    const { name } = namespace;
    iotedged = await startIotedged({
      kubeConfig: await namespace.kubeConfigOf("iotedged"),
      ...{ name, namespace: name, ca: first, trustBundle: await bundle() },
      trusted: roots.old.certificatePem + roots.next.certificatePem,
    });
    await eventually("readiness", async () => (await iotedged.ready()).ok || undefined);
    ofFirst = await serverCertificate(longName());
    expect(await isTaken(ofFirst)).toBe(true);
    expect(await iotedged.metrics()).toMatch(/^iotedge_trust_anchored 1$/m);
  });

  it("03 is followed when it is renewed with another key, and what the old one issued stays good", async () => {
    // As `cmctl renew` asks for it, and as cert-manager itself does at the time of renewal.
    const condition = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "by the test" };
    const { status } = await certificate();
    const patch = JSON.stringify({ status: { conditions: [...status.conditions, condition] } });
    const target = ["certificate", issuedCaSecret, "-n", namespace.name, "--subresource=status"];
    await kubectl("patch", ...target, "--type=merge", "-p", patch);
    renewed = await changedFrom(first);
    await mount(renewed);
    ofRenewed = await serverCertificate(longName());
    expect([await isTaken(ofFirst), await isTaken(ofRenewed)]).toEqual([true, true]);
    expect(await iotedged.metrics()).toMatch(/^iotedge_trust_anchored 1$/m);
  });

  it("04 moves below another root while the bundle has both, and no certificate is refused", async () => {
    await apply(...issuer("plant-ca-2", roots.next));
    await deploy("plant-ca", [roots.old, roots.next]);
    await iotedged.setTrustBundle(await bundle());
    await deploy("plant-ca-2", [roots.old, roots.next]);
    const moved = await changedFrom(renewed);
    await mount(moved);
    const others = async () =>
      Number(/^iotedge_trust_certificates\{root="other"\} (\d+)$/m.exec(await iotedged.metrics())?.[1]);
    await eventually(
      "the record to tell of certificates below the old root",
      async () => (await others()) > 0 || undefined,
    );
    const ofMoved = await serverCertificate(longName());
    expect([await isTaken(ofFirst), await isTaken(ofRenewed), await isTaken(ofMoved)]).toEqual([true, true, true]);
    await eventually("the record to tell that none is left", async () => (await others()) === 0 || undefined);
    await deploy("plant-ca-2", [roots.next]);
    expect([await isTaken(ofFirst), await isTaken(ofMoved)]).toEqual([false, true]);
  });

  it("05 below a root that the bundle lacks is told of", async () => {
    const before = await readCa();
    await deploy("plant-ca", [roots.next]);
    await mount(await changedFrom(before));
    await eventually(
      "the metric",
      async () => /^iotedge_trust_anchored 0$/m.test(await iotedged.metrics()) || undefined,
    );
    const events = await kubectl("get", "events.events.k8s.io", "-n", namespace.name, "-o", "json");
    expect(events).toContain("WorkloadCaNotTrusted");
  });
});
