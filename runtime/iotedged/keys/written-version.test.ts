import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { configMaps, deployments, pods, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import { createLogger } from "../../shared/logger.ts";
import { createMetrics } from "../metrics.ts";
import { followWrittenVersion, type WrittenVersion } from "./written-version.ts";

let clock: FakeClock;
let store: FakeObjectStore;
let log: string[];

beforeEach(() => {
  clock = new FakeClock();
  store = new FakeObjectStore("edge-a");
  log = [];
  store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "iotedged" } });
});

type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

/** A pod of iotedged as the kubelet reports it; `started` is that its startup probe has passed. */
function putPod(name: string, status: { phase?: Phase; started?: boolean; restarts?: number } = {}): void {
  const { phase = "Running", started = true, restarts = 0 } = status;
  const containers = phase === "Pending" ? [] : [{ name: "iotedged", started, restartCount: restarts }];
  const labels = { "app.kubernetes.io/name": "iotedged", "app.kubernetes.io/instance": "a" };
  const metadata = { name, uid: `uid-of-${name}`, labels };
  store.put({ apiVersion: "v1", kind: "Pod", metadata, status: { phase, containerStatuses: containers } } as never);
}

const announcements = async () => {
  const text = (await store.get(configMaps, "iotedged-trust"))?.data?.["ciphertexts.json"];
  return text === undefined ? undefined : JSON.parse(text);
};
const spoil = (text: string) =>
  store.put({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "iotedged-trust" },
    data: { "record.json": "{}", "ciphertexts.json": text },
  } as never);

/** A replica of this image: what it writes, and how it is told that its lists are complete. */
function replica(podName: string, settings: { oldCiphertexts?: boolean } = {}): WrittenVersion {
  const selection = { labelSelector: "app.kubernetes.io/name=iotedged,app.kubernetes.io/instance=a" };
  const destination = { write: (line: string) => void log.push(line) };
  return followWrittenVersion({
    settings: { installation: { name: "a", namespace: "edge-a" }, ...settings },
    podName,
    cluster: {
      announcements: store,
      informers: {
        serviceAccounts: store.informer(serviceAccounts),
        pods: store.informer(pods, { labelSelector: "net.azure-devices.edge.module" }),
        replicas: store.informer(pods, selection),
        deployments: store.informer(deployments),
      },
    },
    clock,
    random: () => 0.5,
    metrics: createMetrics(),
    log: createLogger({ component: "test", level: "info", destination }),
  });
}

async function begun(podName: string, settings: { oldCiphertexts?: boolean } = {}): Promise<WrittenVersion> {
  const one = replica(podName, settings);
  void one.begin();
  await clock.advance(10);
  return one;
}

describe("the form that is written", () => {
  it("is unknown until the other replicas are known, and then the new one for a replica alone", async () => {
    putPod("iotedged-a");
    const one = replica("iotedged-a");
    await clock.advance(120_000);
    expect(one.current).toBeUndefined();
    expect(await announcements()).toBeUndefined();
    let isDone = false;
    void one.begin().then(() => {
      isDone = true;
    });
    await clock.advance(10);
    expect([one.current, isDone]).toEqual([2, true]);
    expect(await announcements()).toEqual({ "iotedged-a": [1, 2] });
  });

  it("stays unknown while the announcement cannot be made", async () => {
    store.take("ServiceAccount", "iotedged");
    const one = await begun("iotedged-a");
    expect(one.current).toBeUndefined();
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "iotedged" } });
    await clock.advance(2000);
    expect(one.current).toBe(2);
  });

  it("is the old one from the first to the last old replica of a rolling upgrade", async () => {
    for (const name of ["old-a", "old-b"]) putPod(name);
    putPod("new-a", { started: false });
    const first = await begun("new-a");
    expect(first.current).toBe(1);
    putPod("new-a");
    store.take("Pod", "old-a");
    putPod("new-b", { started: false });
    const second = await begun("new-b");
    putPod("new-b");
    await clock.advance(10);
    expect([first.current, second.current]).toEqual([1, 1]);
    expect(log.join("")).toContain('"pods":["old-b"]');
    store.take("Pod", "old-b");
    await clock.advance(10);
    expect([first.current, second.current]).toEqual([2, 2]);
  });

  it("is the old one again as soon as a rollback brings an old replica that serves", async () => {
    for (const name of ["new-a", "new-b"]) putPod(name);
    const [first, second] = [await begun("new-a"), await begun("new-b")];
    await clock.advance(10);
    expect([first.current, second.current]).toEqual([2, 2]);
    putPod("old-a", { phase: "Pending" });
    putPod("old-a", { started: false });
    await clock.advance(10);
    expect(first.current).toBe(2);
    putPod("old-a");
    await clock.advance(10);
    expect([first.current, second.current]).toEqual([1, 1]);
    store.take("Pod", "old-a");
    await clock.advance(10);
    expect([first.current, second.current]).toEqual([2, 2]);
  });

  it("stays the new one while new replicas replace each other, at every point", async () => {
    putPod("new-a");
    const first = await begun("new-a");
    const seen = new Set<unknown>();
    const look = async () => {
      await clock.advance(10);
      seen.add(first.current);
    };
    putPod("new-b", { phase: "Pending" });
    await look();
    putPod("new-b", { started: false });
    await look();
    await begun("new-b");
    await look();
    putPod("new-b");
    await look();
    expect([...seen]).toEqual([2]);
  });

  it.each([
    ["has restarted, so may have served before", { started: false, restarts: 1 }, 1],
    ["has ended", { phase: "Failed" }, 2],
    ["has no container yet", { phase: "Pending" }, 2],
  ] as const)("counts a replica that announces nothing and %s", async (_, status, expected) => {
    putPod("other", status);
    expect((await begun("new-a")).current).toBe(expected);
  });

  it("is the old one while a replica serves of which nothing is known but that it runs", async () => {
    const labels = { "app.kubernetes.io/name": "iotedged", "app.kubernetes.io/instance": "a" };
    store.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "x", labels },
      status: { phase: "Running" },
    } as never);
    expect((await begun("new-a")).current).toBe(1);
  });

  it("takes no other installation's, and no module's pod for a replica", async () => {
    const labels = { "app.kubernetes.io/name": "iotedged", "app.kubernetes.io/instance": "b" };
    const module = { "app.kubernetes.io/name": "module", "app.kubernetes.io/instance": "a" };
    for (const [name, of] of Object.entries({ x: labels, y: module }))
      store.put({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, labels: of },
        status: { phase: "Running" },
      } as never);
    expect((await begun("new-a")).current).toBe(2);
  });

  it.each(["{", "[]", '{"new-b":2}', '{"new-b":[1]}', "x".repeat(100_000), '{"__proto__":[1,2]}'])(
    "is the old one where the announcements are spoilt, until they are made again: %#",
    async (text) => {
      for (const name of ["new-a", "new-b"]) putPod(name);
      const [first, second] = [await begun("new-a"), await begun("new-b")];
      spoil(text);
      await clock.advance(61_000);
      await clock.advance(61_000);
      expect([first.current, second.current]).toEqual([2, 2]);
      expect(await announcements()).toMatchObject({ "new-a": [1, 2], "new-b": [1, 2] });
      spoil(text);
      putPod("old");
      await clock.advance(10);
      expect(first.current).toBe(1);
    },
  );

  it("is the old one when an unknown replica comes and its announcement cannot be read", async () => {
    putPod("new-a");
    const one = await begun("new-a");
    expect(one.current).toBe(2);
    store.failNext(new Error("the API server is away"));
    putPod("new-b");
    await clock.advance(10);
    expect(one.current).toBe(1);
    spoil('{"new-b":[1,2]}');
    await clock.advance(60_000);
    expect(one.current).toBe(2);
  });

  it("is the new one in any case where old ciphertexts are turned off", async () => {
    putPod("old");
    expect((await begun("new-a", { oldCiphertexts: false })).current).toBe(2);
  });

  it("forgets the names of pods that are gone once there are many", async () => {
    putPod("new-b");
    const gone = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`gone-${index}`, [1, 2]]));
    spoil(JSON.stringify({ ...gone, "new-b": [1, 2] }));
    expect((await begun("new-a")).current).toBe(2);
    expect(await announcements()).toEqual({ "new-b": [1, 2], "new-a": [1, 2] });
  });

  it("leaves the record of who trusts what alone, and ends when it is told to", async () => {
    spoil("{}");
    const one = await begun("new-a");
    expect((await store.get(configMaps, "iotedged-trust"))?.data?.["record.json"]).toBe("{}");
    await one.stop();
    putPod("old");
    await clock.advance(120_000);
    expect(one.current).toBe(2);
  });
});
