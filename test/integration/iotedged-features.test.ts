import { strFromU8, unzipSync } from "fflate";
import { Agent, type Dispatcher } from "undici";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { annotations, iotedgedRules, iotedgedRulesOf, labels, tokenAudience } from "#contract";
import { permissionsOf, readAudit, uses } from "../support/audit.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { patchBy } from "../support/merge-patch.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { type FakeKubelet, startFakeKubelet } from "./iotedged-features/kubelet.ts";

const features = { moduleLogs: true, moduleRestart: true, supportBundle: true, moduleJobs: true };
const log = "2026-01-01T00:00:00Z one\n2026-01-01T00:00:01Z two\n";

let namespace: TestNamespace;
let kubelet: FakeKubelet;
let iotedged: RunningIotedged;
let agent: Agent;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-features", features);
  const { client, name } = namespace;
  kubelet = await startFakeKubelet({ kubeconfig: inject("kubeconfig"), client, node: `node-of-${name}`, log });
  await namespace.createAccount("sensor", "sensor");
  await createModule("sensor", 1);
  await createModule("idle", 0);
  const audience = tokenAudience({ namespace: name, name });
  for (const account of ["edgeagent", "sensor"]) {
    const pod = await createRunningPod(`${account}-1`, account);
    tokens[account] = await namespace.token(account, { audience, pod });
  }
  const kubeConfig = await namespace.kubeConfigOf("iotedged");
  iotedged = await startIotedged({ kubeConfig, name, namespace: name, settings: { features } });
  await waitFor("readiness", async () => (await iotedged.ready()).ok || undefined);
  agent = new Agent({ connect: { ca: iotedged.ca.certificatePem, servername: "iotedged" } });
});

afterAll(async () => {
  await agent?.destroy();
  await iotedged?.stop();
  await kubelet?.close();
  await namespace?.remove();
});

async function createModule(name: string, replicas: number): Promise<void> {
  const own = { [labels.module]: name };
  const template = {
    metadata: { labels: own },
    spec: { containers: [{ name, image: "registry.invalid/module:1" }], nodeName: kubelet.node },
  };
  await namespace.create("apis/apps/v1", "deployments", {
    metadata: { name, labels: own, annotations: { [annotations.moduleId]: name } },
    // Paused: the pods of this test are its own.
    spec: { replicas, paused: true, selector: { matchLabels: own }, template },
  });
}

/** The Job controller makes its pod. */
async function createJob(name: string, suspend: boolean): Promise<void> {
  await namespace.createAccount(name, name);
  const own = { [labels.module]: name };
  const spec = {
    serviceAccountName: name,
    restartPolicy: "Never",
    nodeName: kubelet.node,
    containers: [{ name, image: "registry.invalid/job:1" }],
  };
  await namespace.create("apis/batch/v1", "jobs", {
    metadata: { name, labels: own, annotations: { [annotations.moduleId]: name } },
    spec: { suspend, backoffLimit: 0, template: { metadata: { labels: own }, spec } },
  });
}

/** Says of the pod of a Job what the kubelet would, once its container has ended. */
async function endPodOf(job: string, exitCode: number): Promise<void> {
  const path = namespace.path("api/v1", "pods");
  const query = { labelSelector: `${labels.module}=${job}` };
  const pod = await waitFor("the Job's pod", async () => {
    const { items } = await namespace.client.call<{ items: { metadata: { name: string } }[] }>({
      verb: "list",
      path,
      query,
    });
    return items[0];
  });
  const terminated = { exitCode, reason: "Error", finishedAt: "2026-01-01T00:01:00Z" };
  const status = { name: job, image: "", imageID: "", ready: false, restartCount: 0, state: { terminated } };
  await patchBy(namespace.client, `${path}/${pod.metadata.name}/status`, {
    status: { phase: "Failed", containerStatuses: [status] },
  });
}

async function createRunningPod(name: string, serviceAccountName: string) {
  const container = {
    name: serviceAccountName,
    image: "registry.invalid/module:1",
    env: [{ name: "A", value: "s3cret" }],
  };
  const pod = await namespace.create("api/v1", "pods", {
    metadata: { name, labels: { [labels.module]: serviceAccountName } },
    spec: { serviceAccountName, nodeName: kubelet.node, containers: [container] },
  });
  const status = {
    name: serviceAccountName,
    image: "",
    imageID: "",
    ready: true,
    restartCount: 0,
    state: { running: {} },
  };
  await patchBy(namespace.client, `${namespace.path("api/v1", "pods", name)}/status`, {
    status: { phase: "Running", containerStatuses: [status] },
  });
  return pod;
}

function request(caller: string, method: Dispatcher.HttpMethod, path: string): Promise<Dispatcher.ResponseData> {
  return agent.request({
    origin: `https://127.0.0.1:${iotedged.daemon.ports.management}`,
    path: `${path}${path.includes("?") ? "&" : "?"}api-version=2020-07-07`,
    method,
    headers: { authorization: `Bearer ${tokens[caller]}` },
  });
}

describe("logs", () => {
  it("are those of the pod, as asked for", async () => {
    const answer = await request("edgeagent", "GET", "/modules/sensor/logs?tail=2&since=1h&timestamps=true");
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(await answer.body.text()).toBe(log);
    const asked = new URL(kubelet.requests.at(-1) ?? "", "https://kubelet");
    expect(asked.pathname).toBe(`/containerLogs/${namespace.name}/sensor-1/sensor`);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({ tailLines: "2", timestamps: "true" });
    expect(asked.searchParams.has("sinceTime")).toBe(true);
  });

  it("end at the node when the client leaves", async () => {
    const answer = await request("edgeagent", "GET", "/modules/sensor/logs?follow=true");
    for await (const chunk of answer.body) {
      expect(String(chunk)).toBe(log);
      break;
    }
    await waitFor("the end", () => kubelet.open.size === 0 || undefined);
  });

  it("are not of a pod that has no node yet", async () => {
    await namespace.createAccount("waits", "waits");
    await createModule("waits", 0);
    await namespace.createPod("waits-1", "waits");
    await waitFor("iotedged to know the pod", async () => {
      const answer = await request("edgeagent", "GET", "/modules/waits/logs?follow=true");
      await answer.body.dump();
      return answer.statusCode === 409 || undefined;
    });
  });

  it("are not for a module, and not of one that is not there", async () => {
    expect((await request("sensor", "GET", "/modules/sensor/logs")).statusCode).toBe(403);
    expect((await request("edgeagent", "GET", "/modules/nobody/logs")).statusCode).toBe(404);
    expect((await request("edgeagent", "GET", "/modules/sensor/logs?tail=x")).statusCode).toBe(400);
  });
});

describe("modules that run as Jobs", () => {
  it("are told of by the state of their pods, and their logs are given", async () => {
    await createJob("report", false);
    await createJob("backup", true);
    await endPodOf("report", 42);
    const told = async (name: string) => (await request("sensor", "GET", `/modules/${name}`)).body.json();
    await waitFor("the end of report", async () => {
      expect(await told("report")).toMatchObject({
        config: { settings: { image: "registry.invalid/job:1" } },
        status: {
          exitStatus: { exitTime: "2026-01-01T00:01:00Z", statusCode: "42" },
          runtimeStatus: { status: "failed", description: "Error" },
        },
      });
      return true;
    });
    expect(await told("backup")).toMatchObject({ status: { runtimeStatus: { status: "stopped" } } });
    const answer = await request("edgeagent", "GET", "/modules/report/logs");
    expect([answer.statusCode, await answer.body.text()]).toEqual([200, log]);
  });

  it("are not started or restarted against the manifest, and are stopped already once they have ended", async () => {
    await waitFor("the Job's end", async () => {
      const { statusCode, body } = await request("edgeagent", "POST", "/modules/report/stop");
      await body.dump();
      return statusCode === 204 || undefined;
    });
    for (const path of ["report/start", "report/restart", "backup/start", "backup/restart"]) {
      const answer = await request("edgeagent", "POST", `/modules/${path}`);
      expect([path, answer.statusCode]).toEqual([path, 409]);
      expect(await answer.body.json()).toEqual({ message: expect.stringContaining("deployment manifest") });
    }
  });
});

describe("a support bundle", () => {
  it("has logs, objects and Events, and no value of a variable", async () => {
    const answer = await request("edgeagent", "GET", "/systeminfo/supportbundle?since=2025-01-01T00%3A00%3A00Z");
    expect(answer.statusCode).toBe(200);
    const files = unzipSync(new Uint8Array(await answer.body.arrayBuffer()));
    const texts = Object.fromEntries(Object.entries(files).map(([name, data]) => [name, strFromU8(data)]));
    expect(texts["logs/sensor-1/sensor.log"]).toBe(log);
    expect(JSON.parse(texts["bundle.json"] ?? "")).toMatchObject({ complete: true });
    for (const kind of ["pods", "deployments", "services", "serviceaccounts", "configmaps", "events"]) {
      expect(Object.keys(texts)).toContain(`objects/${kind}-1.json`);
    }
    expect(texts["objects/pods-1.json"]).toContain('"name": "sensor-1"');
    expect(Object.values(texts).join()).not.toContain("s3cret");
    for (const token of Object.values(tokens)) expect(Object.values(texts).join()).not.toContain(token);
  });
});

describe("a restart", () => {
  it("ends the module's pods", async () => {
    const { statusCode, body } = await request("edgeagent", "POST", "/modules/sensor/restart");
    expect([statusCode, await body.text()]).toEqual([204, ""]);
    const pod = namespace.path("api/v1", "pods", "sensor-1");
    await waitFor("the pod's end", async () => {
      const found = await namespace.client.call<{ metadata: object }>({ verb: "get", path: pod });
      return "deletionTimestamp" in found.metadata || undefined;
    });
  });

  it("is refused for a module that the manifest has stopped", async () => {
    const answer = await request("edgeagent", "POST", "/modules/idle/restart");
    expect([answer.statusCode, await answer.body.json()]).toEqual([
      409,
      { message: expect.stringContaining("deployment manifest") },
    ]);
  });
});

describe("the audit", () => {
  it("tells who asked for what, about which module, and which pods were acted on", async () => {
    await (await request("sensor", "POST", "/modules/sensor/restart")).body.dump();
    const lines = iotedged.log.filter((line) => line.includes('"audit"')).map((line) => JSON.parse(line));
    // How many of the conflicts before are told depends on how long the Job's end was waited for.
    const others = lines.filter(({ rule }) => rule !== "conflict");
    const told = (action: string) => others.filter((line) => line.action === `management.${action}`);
    const agent = { module: "$edgeAgent", pod: "edgeagent-1", podUid: expect.any(String), address: "127.0.0.1" };
    const done = { audit: "done", rule: "access-edgeAgent", requestId: expect.any(String), ...agent };
    expect(told("module.restart")).toEqual([
      expect.objectContaining({ ...done, status: 204, target: "sensor", pods: ["sensor-1"] }),
      expect.objectContaining({ audit: "refused", status: 403, rule: "access-edgeAgent", module: "sensor" }),
    ]);
    expect(told("module.logs")[0]).toMatchObject({ ...done, status: 200, target: "sensor", pods: ["sensor-1"] });
    expect(told("systeminfo.supportbundle")).toEqual([expect.objectContaining({ ...done, status: 200 })]);
    for (const token of Object.values(tokens)) expect(iotedged.log.join("")).not.toContain(token.split(".")[2]);
  });
});

describe("least privilege", () => {
  it("uses every right of the features, and was refused nothing", async () => {
    const base = permissionsOf(iotedgedRules).map((one) => JSON.stringify(one));
    const added = permissionsOf(iotedgedRulesOf(features)).filter((one) => !base.includes(JSON.stringify(one)));
    expect(added).toHaveLength(7);
    const user = `system:serviceaccount:${namespace.name}:iotedged`;
    await waitFor("every right to be used", async () => {
      const own = (await readAudit(inject("auditLog"))).filter((event) => event.user.username === user);
      const unused = added.filter((right) => !own.some((event) => uses(event, right)));
      if (unused.length > 0) throw new Error(`never used: ${JSON.stringify(unused)}`);
      expect(own.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
      return true;
    });
  });
});

describe("when iotedged stops", () => {
  it("a log that is followed ends in order", async () => {
    const pod = await createRunningPod("edgeagent-2", "edgeagent");
    const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
    tokens.edgeagent = await namespace.token("edgeagent", { audience, pod });
    const answer = await waitFor("iotedged to know the pod", async () => {
      const one = await request("edgeagent", "GET", "/modules/%24edgeAgent/logs?follow=true");
      if (one.statusCode === 200) return one;
      await one.body.dump();
      return undefined;
    });
    const read = answer.body[Symbol.asyncIterator]();
    let text = "";
    // What is on its way when iotedged stops is lost, so the log has to have come before.
    while (text.length < log.length) {
      const { done, value } = await read.next();
      if (done) break;
      text += String(value);
    }
    expect(text).toBe(log);
    const stopped = iotedged.stop();
    expect(await read.next()).toMatchObject({ done: true });
    await stopped;
  });
});
