import { beforeEach, describe, expect, it } from "vitest";
import { bundleFiles, componentLabels, labels, type Missing, portNames } from "#contract";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import type { OpenStream } from "../kubernetes/api-request.ts";
import { clusterSource, type Patience } from "./cluster-source.ts";

const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl";
const namespace = "edge-a";
const running = { running: {} };

let cluster: FakeCluster;
/** Answers of the API server by path; all others are 403. */
let answers: Record<string, string>;
/** Paths that never answer. */
let silent: Set<string>;
let asked: string[];
let missing: Missing[];

const open: OpenStream = async ({ path }, signal) => {
  asked.push(path);
  if (silent.has(path)) await aborted(signal);
  const text = answers[path];
  const refusal = JSON.stringify({ message: "pods is forbidden" });
  return { status: text === undefined ? 403 : 200, read: bytes(text ?? refusal) };
};

async function aborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

async function* bytes(text: string) {
  yield Buffer.from(text);
}

beforeEach(() => {
  cluster = new FakeCluster();
  [answers, silent, asked, missing] = [{}, new Set(), [], []];
  const own = [{ name: "iotedged", ports: [{ name: portNames.observability, containerPort: 9600 }] }];
  putPod("iotedged-1", componentLabels("iotedged", "line-1"), { containers: own });
  const sidecar = { name: "proxy", ports: [{ name: portNames.proxyObservability, containerPort: 9601 }] };
  const module = { name: "sensor", ports: [{ name: "tcp-80", containerPort: 80 }] };
  putPod("sensor-1", { [labels.module]: "sensor" }, { initContainers: [sidecar], containers: [module] });
  putPod("stranger", {}, { containers: own });
});

interface Containers {
  readonly initContainers?: readonly { readonly name: string }[];
  readonly containers: readonly { readonly name: string }[];
}

function putPod(name: string, own: Record<string, string>, spec: Containers, state: object = running): void {
  const livesOf = (containers: Containers["containers"] = []) =>
    containers.map((container) => ({ name: container.name, restartCount: 0, state }));
  const status = {
    initContainerStatuses: livesOf(spec.initContainers),
    containerStatuses: livesOf(spec.containers),
  };
  cluster.put({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels: own }, spec, status });
}

/** Texts of a bundle by their names. */
async function bundle(metrics: boolean, patience?: Patience): Promise<Record<string, string>> {
  const { signal } = new AbortController();
  const files = bundleFiles({
    source: clusterSource({ cluster, open, namespace, metrics, signal, ...(patience && { patience }) }),
    plurals: ["pods"],
    installation: { name: "line-1", namespace },
    madeBy: "a test",
    now: 0,
    since: 0,
    until: 0,
    runtimeOnly: false,
    problemOf: (error) => (error as Error).message,
    onMissing: (one) => void missing.push(one),
  });
  const texts: Record<string, string> = {};
  for await (const { name, content } of files) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    texts[name] = Buffer.concat(parts).toString();
  }
  return texts;
}

const metricsOf = (pod: string, port: number) => `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/metrics`;

describe("metrics of a bundle", () => {
  it("are those of iotedged and of the proxies, less what looks like a token", async () => {
    answers[metricsOf("iotedged-1", 9600)] = "iotedge_leader 1\n";
    answers[metricsOf("sensor-1", 9601)] = `iotedge_proxy_info{x="${token}"} 1\n`;
    const texts = await bundle(true);
    expect(Object.keys(texts).filter((name) => name.startsWith("metrics/"))).toEqual([
      "metrics/iotedged-1/iotedged.prom",
      "metrics/sensor-1/proxy.prom",
    ]);
    expect(texts["metrics/iotedged-1/iotedged.prom"]).toBe("iotedge_leader 1\n");
    expect(texts["metrics/sensor-1/proxy.prom"]).toBe('iotedge_proxy_info{x="[redacted]"} 1\n');
  });

  it("are not asked for unless they are wanted", async () => {
    await bundle(false);
    expect(asked.filter((path) => path.includes("/proxy"))).toEqual([]);
  });

  it("are missing, and told to be, where they may not be read", async () => {
    answers[metricsOf("iotedged-1", 9600)] = "iotedge_leader 1\n";
    const texts = await bundle(true);
    expect(texts["metrics/sensor-1/proxy.prom"]).toMatch(/^# .*forbidden\n$/);
    expect(missing.map(({ what }) => what)).toContain("metrics/sensor-1/proxy.prom");
  });

  it("are waited for, but not for ever", async () => {
    silent.add(metricsOf("iotedged-1", 9600));
    answers[metricsOf("sensor-1", 9601)] = "iotedge_proxy_info 1\n";
    const texts = await bundle(true, { each: 20, all: 600_000 });
    expect(missing.map(({ what }) => what)).toContain("metrics/iotedged-1/iotedged.prom");
    expect(texts["metrics/sensor-1/proxy.prom"]).toBe("iotedge_proxy_info 1\n");

    silent.add(metricsOf("sensor-1", 9601));
    await bundle(true, { each: 600_000, all: 20 });
    expect(missing.map(({ what }) => what)).toContain("metrics/sensor-1/proxy.prom");
  });

  it("are not asked of what does not run", async () => {
    const sidecar = { name: "proxy", ports: [{ name: portNames.proxyObservability, containerPort: 9601 }] };
    const ended = { terminated: { exitCode: 0 } };
    putPod("once-1", { [labels.module]: "once" }, { initContainers: [sidecar], containers: [{ name: "once" }] }, ended);
    await bundle(true);
    expect(asked.filter((path) => path.includes("once-1:"))).toEqual([]);
  });
});
