import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { labels } from "#contract";
import { edgectlMain } from "../support/edgectl.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { type FakeKubelet, startFakeKubelet } from "./iotedged-features/kubelet.ts";

const log = "2026-01-01T00:00:00Z one\n2026-01-01T00:00:01Z two\n";
const execute = promisify(execFile);

/** Module `mute` has written nothing. */
const logOf = (url: string) => (url.includes("/mute-1/") ? "" : log);

let namespace: TestNamespace;
let kubelet: FakeKubelet;

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-cli");
  const { client, name } = namespace;
  kubelet = await startFakeKubelet({ kubeconfig: inject("kubeconfig"), client, node: `node-of-${name}`, log: logOf });
  await namespace.createAccount("sensor", "sensor");
  const containers = [
    { name: "proxy", image: "registry.invalid/proxy:1" },
    { name: "sensor", image: "registry.invalid/module:1" },
  ];
  await namespace.create("api/v1", "pods", {
    metadata: { name: "sensor-1", labels: { [labels.module]: "sensor" } },
    spec: { serviceAccountName: "sensor", nodeName: kubelet.node, containers },
  });
});

afterAll(async () => {
  await kubelet?.close();
  await namespace?.remove();
});

async function run(...parameters: string[]): Promise<string> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(inject("kubeconfig"));
  const cluster = ["--context", kubeConfig.getCurrentContext(), "--kubeconfig", inject("kubeconfig")];
  const { stdout } = await execute(process.execPath, [edgectlMain, ...parameters, ...cluster, "-n", namespace.name]);
  return stdout;
}

it("edgectl logs prints the log of the module's own container", async () => {
  expect(await run("logs", "sensor", "--tail", "2", "--since", "1h")).toBe(log);
  const asked = new URL(kubelet.requests.at(-1) ?? "", "https://kubelet");
  expect(asked.pathname).toBe(`/containerLogs/${namespace.name}/sensor-1/sensor`);
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({ tailLines: "2", sinceSeconds: "3600" });
  expect(asked.searchParams.get("previous")).not.toBe("true");
});

it("edgectl logs --previous asks for the run before the present one", async () => {
  await run("logs", "sensor", "--previous");
  const asked = new URL(kubelet.requests.at(-1) ?? "", "https://kubelet");
  expect(asked.searchParams.get("previous")).toBe("true");
});

it("edgectl logs reads no pod that has no node yet, and says so where there is no other", async () => {
  await namespace.createAccount("waits", "waits");
  await namespace.createPod("waits-1", "waits");
  await expect(run("logs", "waits", "-f")).rejects.toMatchObject({
    stderr: expect.stringContaining("its pod has no node yet"),
  });
  await namespace.createPod("sensor-2", "sensor");
  expect(await run("logs", "sensor")).toBe(log);
});

it("edgectl logs -f ends with an error when the connection breaks, instead of waiting for ever", async () => {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(inject("kubeconfig"));
  const [cluster, user] = [kubeConfig.getCurrentCluster(), kubeConfig.getCurrentUser()];
  if (cluster === null || user === null) throw new Error("the kubeconfig names no cluster or user");
  const network = await startTcpProxy({ target: new URL(cluster.server), delay: 0 });
  kubeConfig.loadFromClusterAndUser({ ...cluster, server: `https://127.0.0.1:${network.port}` }, user);
  const directory = await mkdtemp(join(tmpdir(), "edge-logs-"));
  const file = join(directory, "kubeconfig");
  await writeFile(file, kubeConfig.exportConfig());
  const names = ["--context", kubeConfig.getCurrentContext(), "--kubeconfig", file, "-n", namespace.name];
  const running = execute(process.execPath, [edgectlMain, "logs", "sensor", "-f", ...names]);
  const ended = expect(running).rejects.toMatchObject({
    stdout: log,
    stderr: expect.stringContaining("EDGE_MODULE_LOG_FAILED"),
  });
  try {
    await new Promise((resolve) => running.child.stdout?.once("data", resolve));
    network.set("refuse");
    await ended;
  } finally {
    running.child.kill();
    await network.close();
    await rm(directory, { recursive: true });
  }
});

it("edgectl restart ends the module's pods", async () => {
  expect(await run("restart", "sensor")).toContain(`${namespace.name}/sensor-1 ends`);
  const path = namespace.path("api/v1", "pods", "sensor-1");
  await waitFor("the pod's end", async () => {
    const pod = await namespace.client.call<{ metadata: object }>({ verb: "get", path });
    return "deletionTimestamp" in pod.metadata || undefined;
  });
});

it("edgectl logs says of a module that cannot start why not, and what to do", async () => {
  await namespace.createAccount("broken", "broken");
  const containers = [{ name: "broken", image: "r.invalid/broken:1" }];
  await namespace.create("api/v1", "pods", {
    metadata: { name: "broken-1", labels: { [labels.module]: "broken" } },
    spec: { serviceAccountName: "broken", containers },
  });
  const state = { waiting: { reason: "ImagePullBackOff", message: "r.invalid/broken:1: not found" } };
  const status = {
    phase: "Pending",
    containerStatuses: [{ ...containers[0], imageID: "", ready: false, restartCount: 0, state }],
  };
  await namespace.client.call({
    verb: "patch",
    path: `${namespace.path("api/v1", "pods", "broken-1")}/status`,
    body: { status },
    contentType: "application/merge-patch+json",
  });
  await expect(run("logs", "broken")).rejects.toMatchObject({
    stderr: expect.stringMatching(
      /EDGE_MODULE_NOT_RUNNING: .*broken:1 cannot be pulled: its registry does not have it\n {2}fix: Push the image/,
    ),
  });
});

it("edgectl logs --previous says that a run has written nothing, and does not name itself as the way out", async () => {
  await namespace.createAccount("mute", "mute");
  const containers = [{ name: "mute", image: "registry.invalid/module:1" }];
  await namespace.create("api/v1", "pods", {
    metadata: { name: "mute-1", labels: { [labels.module]: "mute" } },
    spec: { serviceAccountName: "mute", nodeName: kubelet.node, containers },
  });
  const terminated = { exitCode: 137, reason: "OOMKilled", finishedAt: new Date().toISOString() };
  const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off" } };
  const container = { ...containers[0], imageID: "", ready: false, restartCount: 3, state, lastState: { terminated } };
  await namespace.client.call({
    verb: "patch",
    path: `${namespace.path("api/v1", "pods", "mute-1")}/status`,
    body: { status: { phase: "Running", containerStatuses: [container] } },
    contentType: "application/merge-patch+json",
  });
  await expect(run("logs", "mute", "--previous")).rejects.toMatchObject({
    stderr: expect.stringMatching(
      /EDGE_MODULE_LOG_EMPTY: .*written nothing.*OOMKilled.*\n {2}fix: .*npx edgectl events -n /,
    ),
  });
});

it("edgectl logs tells what to do about a module that is not there", async () => {
  await expect(run("logs", "nobody")).rejects.toMatchObject({
    stderr: expect.stringContaining("EDGE_MODULE_NOT_FOUND"),
  });
});
