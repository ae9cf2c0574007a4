import { beforeEach, describe, expect, it } from "vitest";
import { labels } from "#contract";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { createTestCa, type TestCa } from "../../../test/fakes/test-ca.ts";
import type { Notice } from "../../shared/event-recorder.ts";
import { configMaps, deployments, pods, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import { createLogger } from "../../shared/logger.ts";
import { type IssuedCertificate, issueCertificate } from "../certificates/issue.ts";
import { loadTrustBundle } from "../certificates/trust-bundle.ts";
import { loadWorkloadCa, type WorkloadCa } from "../certificates/workload-ca.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { parseRecord } from "./record-store.ts";
import { type TrustWatch, watchTrust } from "./trust-watch.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const day = 86_400_000;
const life = { notBefore: start - day, notAfter: start + 365 * day };
const silent = createLogger({ component: "test", level: "error", destination: { write: () => {} } });

/** A value that is watched, and changed by the test. */
function watched<T>(first: T) {
  const listeners = new Set<(value: T) => void>();
  const value = {
    current: first,
    onChange: (listener: (changed: T) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => {},
    set: (next: T) => {
      value.current = next;
      for (const listener of listeners) listener(next);
    },
  };
  return value;
}

interface Replica {
  readonly trust: TrustWatch;
  readonly metrics: Metrics;
  readonly ca: ReturnType<typeof watched<WorkloadCa>>;
  readonly bundle: ReturnType<typeof watched<ReturnType<typeof loadTrustBundle>>>;
  readonly notices: Notice[];
}

let clock: FakeClock;
let store: FakeObjectStore;
let r1: TestCa;
let r2: TestCa;
let workloadCa: WorkloadCa;

beforeEach(async () => {
  clock = new FakeClock(start);
  store = new FakeObjectStore("edge-a");
  store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "iotedged" } });
  [r1, r2] = [await createTestCa({ name: "r1", ...life }), await createTestCa({ name: "r2", ...life })];
  workloadCa = await below(r1);
});

async function below(root: TestCa): Promise<WorkloadCa> {
  const ca = await createTestCa({ name: "workload ca", ...life, issuer: root });
  return loadWorkloadCa(ca.certificatePem, ca.keyPem);
}

const bundleOf = (...roots: readonly TestCa[]) =>
  loadTrustBundle(roots.map((root) => root.certificatePem).join(""), start);
const leafOf = (ca: WorkloadCa, usage: "server" | "client" = "server"): Promise<IssuedCertificate> =>
  issueCertificate(ca, { commonName: "x", alternativeNames: [], usage, notAfter: clock.now() + day }, clock.now());

async function replica(name: string): Promise<Replica> {
  const [ca, bundle] = [watched(workloadCa), watched(bundleOf(r1))];
  const serving = watched(await leafOf(workloadCa));
  const informers = {
    serviceAccounts: store.informer(serviceAccounts),
    pods: store.informer(pods),
    replicas: store.informer(pods, { labelSelector: "app.kubernetes.io/name=iotedged" }),
    deployments: store.informer(deployments),
  };
  for (const informer of Object.values(informers)) await informer.start();
  const metrics = createMetrics();
  const notices: Notice[] = [];
  const trust = watchTrust({
    settings: { installation: { name: "edge-a", namespace: "edge-a" } },
    podName: name,
    files: { ca, trustBundle: bundle },
    certificate: serving,
    cluster: { store, informers },
    events: { record: (notice) => void notices.push(notice) },
    clock,
    random: () => 0.5,
    metrics,
    log: silent,
  });
  await clock.advance(1000);
  return { trust, metrics, ca, bundle, notices };
}

const module = (name: string) => ({
  moduleId: name,
  objectName: name,
  generationId: "g",
  podName: `${name}-1`,
  podUid: `uid-of-${name}`,
});
const putPod = (name: string, phase = "Running") => {
  const metadata = { name: `${name}-1`, uid: `uid-of-${name}`, labels: { [labels.module]: name } };
  store.put({ apiVersion: "v1", kind: "Pod", metadata, status: { phase } } as never);
};
const record = async () => parseRecord((await store.get(configMaps, "iotedged-trust"))?.data?.["record.json"] ?? "");
const gauge = async ({ metrics }: Replica, name: string) =>
  (await metrics.registry.getSingleMetric(name)?.get())?.values.map(({ labels, value }) => ({ ...labels, value }));

describe("the record of who trusts what", () => {
  it("tells what each replica works with, and belongs to the installation", async () => {
    await replica("iotedged-a");
    const object = await store.get(configMaps, "iotedged-trust");
    expect(object?.metadata.ownerReferences).toMatchObject([{ kind: "ServiceAccount", name: "iotedged" }]);
    const { ca, root, bundle, serving } = (await record()).replicas["iotedged-a"] ?? {};
    expect(root).toMatch(/^[0-9a-f]{16}$/);
    expect(serving).toMatchObject({ ca, root });
    expect(bundle).toBe(bundleOf(r1).hash);
  });

  it("keeps the last bundle of each proxy, and is written only when something is new", async () => {
    putPod("sensor");
    const { trust } = await replica("iotedged-a");
    for (const hash of ["a", "a", "b", "b", "b"]) trust.sawBundle(module("sensor"), hash.repeat(64));
    trust.sawBundle(module("sensor"), "no hash");
    await clock.advance(1000);
    expect((await record()).pods["uid-of-sensor"]?.bundle).toEqual({ hash: "b".repeat(64), at: clock.now() - 1000 });
    const writes = store.writes.length;
    for (let count = 0; count < 100; count++) trust.sawBundle(module("sensor"), "b".repeat(64));
    await clock.advance(10 * 60_000);
    expect(store.writes.length).toBe(writes);
  });

  it("is one for all replicas, also when they write at the same time, and outlives them", async () => {
    for (const name of ["sensor", "hub"]) putPod(name);
    const [a, b] = [await replica("iotedged-a"), await replica("iotedged-b")];
    a.trust.sawBundle(module("sensor"), "a".repeat(64));
    b.trust.sawBundle(module("hub"), "a".repeat(64));
    b.trust.sawBundle(module("sensor"), "b".repeat(64));
    await clock.advance(5000);
    await a.trust.stop();
    await b.trust.stop();
    const third = await replica("iotedged-c");
    await clock.advance(2000);
    expect(Object.keys((await record()).pods).sort()).toEqual(["uid-of-hub", "uid-of-sensor"]);
    expect(Object.keys((await record()).replicas).sort()).toEqual(["iotedged-a", "iotedged-b", "iotedged-c"]);
    expect(await gauge(third, "iotedge_trust_pods")).toContainEqual({ bundle: "other", value: 2 });
  });

  it("says below which root each module's certificate is, and the last of a kind counts", async () => {
    putPod("hub");
    const a = await replica("iotedged-a");
    a.trust.sawLeaf(module("hub"), "server", "hub", await leafOf(a.ca.current));
    a.bundle.set(bundleOf(r1, r2));
    await clock.advance(1000);
    const [old] = (await record()).pods["uid-of-hub"]?.leaves ?? [];
    expect(old?.root).toBe((await record()).replicas["iotedged-a"]?.root);

    a.ca.set(await below(r2));
    a.trust.sawFetch(module("hub"));
    a.trust.sawLeaf(module("hub"), "identity", "", await leafOf(a.ca.current, "client"));
    await clock.advance(1000);
    expect(await gauge(a, "iotedge_trust_certificates")).toEqual([
      { root: "current", value: 1 },
      { root: "other", value: 1 },
    ]);
    a.trust.sawLeaf(module("hub"), "server", "HUB", await leafOf(a.ca.current));
    await clock.advance(1000);
    const pod = (await record()).pods["uid-of-hub"];
    expect(new Set(pod?.leaves.map(({ root }) => root))).toEqual(
      new Set([(await record()).replicas["iotedged-a"]?.root]),
    );
    expect(pod?.fetched?.hash).toBe(bundleOf(r1, r2).hash);
  });

  it("forgets certificates that have ended, and pods that are gone", async () => {
    putPod("hub");
    const a = await replica("iotedged-a");
    a.trust.sawLeaf(module("hub"), "server", "hub", await leafOf(a.ca.current));
    await clock.advance(2000);
    await clock.advance(2 * day);
    expect((await record()).pods["uid-of-hub"]?.leaves).toEqual([]);
    store.take("Pod", "hub-1");
    await clock.advance(3 * 60_000);
    expect((await record()).pods).toEqual({});
  });

  it.each(["Succeeded", "Failed"])("forgets a Job's pod that is there still, but %s", async (phase) => {
    putPod("once");
    const a = await replica("iotedged-a");
    a.trust.sawBundle(module("once"), "a".repeat(64));
    a.trust.sawLeaf(module("once"), "server", "once", await leafOf(a.ca.current));
    await clock.advance(2000);
    expect(await gauge(a, "iotedge_trust_pods")).toContainEqual({ bundle: "other", value: 1 });
    putPod("once", phase);
    await clock.advance(3 * 60_000);
    expect((await record()).pods).toEqual({});
    for (const bundle of ["current", "other", "unknown"])
      expect(await gauge(a, "iotedge_trust_pods")).toContainEqual({ bundle, value: 0 });
    expect(await gauge(a, "iotedge_cert_not_after_seconds")).toEqual([]);
  });

  it("warns when the bundle vouches for nothing that is issued", async () => {
    const a = await replica("iotedged-a");
    expect(a.notices).toEqual([]);
    a.bundle.set(bundleOf(r2));
    await clock.advance(1000);
    expect(a.notices).toMatchObject([{ type: "Warning", reason: "WorkloadCaNotTrusted" }]);
    expect(await gauge(a, "iotedge_trust_anchored")).toEqual([{ value: 0 }]);
  });

  it("tells that the bundle vouches for what is issued before the record can be read", async () => {
    store = new FakeObjectStore("edge-a");
    expect(await gauge(await replica("iotedged-a"), "iotedge_trust_anchored")).toEqual([{ value: 1 }]);
  });

  it("survives a record that somebody has spoilt", async () => {
    putPod("sensor");
    const a = await replica("iotedged-a");
    a.trust.sawBundle(module("sensor"), "a".repeat(64));
    await clock.advance(1000);
    store.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "iotedged-trust" },
      data: { "record.json": "{" },
    } as never);
    await clock.advance(60_000);
    await settle();
    expect((await record()).pods["uid-of-sensor"]?.bundle?.hash).toBe("a".repeat(64));
  });
});
