import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { componentLabels, labels, objectNames, portNames } from "#contract";
import { edgectlMain } from "../support/edgectl.ts";
import { patchBy } from "../support/merge-patch.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { type FakeKubelet, startFakeKubelet } from "./iotedged-features/kubelet.ts";

const canary = "canary-4711";
const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl";
const log = `2026-01-01T00:00:00Z one\n2026-01-01T00:00:01Z Authorization: Bearer ${token}\n`;
const execute = promisify(execFile);

let directory: string;
let namespace: TestNamespace;
let kubelet: FakeKubelet;
let reader: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-support-"));
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-support");
  const { client, name } = namespace;
  kubelet = await startFakeKubelet({ kubeconfig: inject("kubeconfig"), client, node: `node-of-${name}`, log });
  const own = componentLabels("iotedged", name);
  const containers = [{ name: "iotedged", image: "registry.invalid/iotedged:1" }];
  await namespace.create("apis/apps/v1", "deployments", {
    metadata: { name: objectNames.iotedged, labels: own },
    spec: {
      replicas: 0,
      selector: { matchLabels: { [labels.name]: "iotedged" } },
      template: { metadata: { labels: own }, spec: { containers } },
    },
  });
  await namespace.create("api/v1", "secrets", { metadata: { name: "a" }, stringData: { key: canary } });
  await namespace.create("api/v1", "configmaps", { metadata: { name: "b" }, data: { key: canary } });
  await namespace.createAccount("sensor", "sensor");
  await createSensor();
  reader = await kubeconfigOfReader();
});

afterAll(async () => {
  await kubelet?.close();
  await namespace?.remove();
  await rm(directory, { recursive: true, force: true });
});

async function createSensor(): Promise<void> {
  const env = [{ name: "PASSWORD", value: canary }];
  const ports = [{ name: portNames.proxyObservability, containerPort: 9601 }];
  await namespace.create("api/v1", "pods", {
    metadata: { name: "sensor-1", labels: { [labels.module]: "sensor" }, annotations: { note: canary } },
    spec: {
      serviceAccountName: "sensor",
      nodeName: kubelet.node,
      containers: [{ name: "sensor", image: "registry.invalid/module:1", env, args: [canary], ports }],
    },
  });
  const status = { name: "sensor", image: "", imageID: "", ready: true, restartCount: 1, state: { running: {} } };
  await patchBy(namespace.client, `${namespace.path("api/v1", "pods", "sensor-1")}/status`, {
    status: { phase: "Running", containerStatuses: [status] },
  });
}

/** Somebody who may list Deployments and pods, and nothing else. */
async function kubeconfigOfReader(): Promise<string> {
  await namespace.createAccount("reader");
  const group = "apis/rbac.authorization.k8s.io/v1";
  await namespace.create(group, "roles", {
    metadata: { name: "reader" },
    rules: [
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    ],
  });
  await namespace.create(group, "rolebindings", {
    metadata: { name: "reader" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
    subjects: [{ kind: "ServiceAccount", name: "reader" }],
  });
  const file = join(directory, "reader.kubeconfig");
  await writeFile(file, (await namespace.kubeConfigOf("reader")).exportConfig());
  return file;
}

async function run(parameters: readonly string[], kubeconfig = inject("kubeconfig")) {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  const cluster = ["--context", kubeConfig.getCurrentContext(), "--kubeconfig", kubeconfig, "-n", namespace.name];
  const options = { cwd: directory, encoding: "buffer" } as const;
  return execute(process.execPath, [edgectlMain, "support-bundle", ...cluster, ...parameters], options);
}

function failureOf(parameters: readonly string[]): Promise<string> {
  return run(parameters).then(
    () => "it succeeded",
    ({ stderr }: { stderr: Buffer }) => stderr.toString(),
  );
}

function textsOf(archive: Uint8Array): Record<string, string> {
  return Object.fromEntries(Object.entries(unzipSync(archive)).map(([name, data]) => [name, strFromU8(data)]));
}

describe("edgectl support-bundle", () => {
  it("writes objects, logs and what it is, without anything that is secret", async () => {
    const out = join(directory, "bundle.zip");
    const { stdout, stderr } = await run(["--out", out, "--since", "2h", "--json"]);
    const summary = JSON.parse(stdout.toString());
    expect(summary).toMatchObject({ file: out, name: namespace.name, namespace: namespace.name, complete: true });
    expect(stderr.toString()).toContain("logs/sensor-1/sensor.log");
    expect((await stat(out)).mode & 0o777).toBe(0o600);

    const texts = textsOf(await readFile(out));
    expect(Object.keys(texts)).toHaveLength(summary.files);
    const redacted = log.replace(token, "[redacted]");
    expect(texts["logs/sensor-1/sensor.log"]).toBe(redacted);
    expect(texts["logs/sensor-1/sensor.previous.log"]).toBe(redacted);
    expect(JSON.parse(texts["bundle.json"] ?? "")).toMatchObject({
      made_by: expect.stringMatching(/^edgectl \d/),
      installation: { name: namespace.name, namespace: namespace.name },
      complete: true,
      missing: [],
    });
    expect(texts["objects/pods-1.json"]).toContain('"PASSWORD"');
    expect(texts["objects/roles-1.json"]).toContain('"iotedged"');
    const all = Object.values(texts).join();
    for (const secret of [canary, Buffer.from(canary).toString("base64"), token]) expect(all).not.toContain(secret);
    const asked = new URL(kubelet.requests.at(-1) ?? "", "https://kubelet");
    expect(asked.searchParams.has("sinceTime")).toBe(true);
  });

  it("overwrites nothing unless it is told to", async () => {
    const out = join(directory, "there.zip");
    await writeFile(out, "precious");
    expect(await failureOf(["--out", out])).toContain("EDGE_SUPPORT_FILE_EXISTS");
    expect(await readFile(out, "utf8")).toBe("precious");
    await run(["--out", out, "--force"]);
    expect(Object.keys(textsOf(await readFile(out)))).toContain("bundle.json");
    expect((await readdir(directory)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("writes to stdout, and has what its caller may read", async () => {
    const { stdout, stderr } = await run(["--out", "-", "--metrics"], reader);
    const texts = textsOf(stdout);
    const { missing, complete } = JSON.parse(texts["bundle.json"] ?? "");
    expect(complete).toBe(false);
    expect(missing.map(({ what }: { what: string }) => what)).toContain("logs/sensor-1/sensor.log");
    expect(missing.map(({ what }: { what: string }) => what)).toContain("objects/configmaps");
    expect(stderr.toString()).toMatch(/missing: metrics\/sensor-1\/sensor\.prom: .*forbidden/);
    expect(Object.keys(texts)).toContain("objects/pods-1.json");
    expect(stderr.toString()).toMatch(/missing: objects\/events: .*forbidden/);
  });

  it("tells what to do where there is no installation, and of options that exclude each other", async () => {
    expect(await failureOf(["-n", "kube-public"])).toContain("EDGE_SUPPORT_NO_INSTALLATION");
    expect(await failureOf(["--out", "-", "--json"])).toContain("EDGE_CLI_USAGE");
    expect(await failureOf(["--out", join(directory, "no/where.zip")])).toContain("EDGE_CLI_OUTPUT");
    expect(await failureOf(["--since", "yesterday"])).toContain("EDGE_CLI_USAGE");
  });
});
