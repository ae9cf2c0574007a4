import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { pods } from "../../shared/kubernetes/kinds.ts";
import { trackRevokedPods } from "./revoked-pods.ts";

const longestTrust = 70_000;
const pod = (name: string, uid: string) => ({ apiVersion: "v1", kind: "Pod", metadata: { name, uid } });

it("knows a pod that it saw and that went, and nothing of one that it never saw", () => {
  const store = new FakeObjectStore();
  store.put(pod("sensor-1", "u1"));
  const revoked = trackRevokedPods({ pods: store.informer(pods), clock: new FakeClock(), longestTrust });
  store.put(pod("sensor-2", "u2"));
  expect([revoked.has("u1"), revoked.has("u2"), revoked.has("u3")]).toEqual([false, false, false]);
  store.take("Pod", "sensor-1");
  store.take("Pod", "sensor-2");
  expect([revoked.has("u1"), revoked.has("u2"), revoked.has("u3")]).toEqual([true, true, false]);
});

it.each(["Succeeded", "Failed"])(
  "knows a pod that has come to phase %s, before its object is deleted and after",
  (phase) => {
    const store = new FakeObjectStore();
    store.put(pod("sensor-1", "u1"));
    store.put({ ...pod("sensor-2", "u2"), status: { phase } });
    const revoked = trackRevokedPods({ pods: store.informer(pods), clock: new FakeClock(), longestTrust });
    expect([revoked.has("u1"), revoked.has("u2")]).toEqual([false, true]);
    store.put({ ...pod("sensor-1", "u1"), status: { phase } });
    expect(revoked.has("u1")).toBe(true);
    store.take("Pod", "sensor-1");
    expect(revoked.has("u1")).toBe(true);
  },
);

it("leaves a pod alone that runs, waits or is of unknown phase", () => {
  const store = new FakeObjectStore();
  for (const phase of ["Pending", "Running", "Unknown"]) store.put({ ...pod(phase, phase), status: { phase } });
  const revoked = trackRevokedPods({ pods: store.informer(pods), clock: new FakeClock(), longestTrust });
  expect(["Pending", "Running", "Unknown"].filter(revoked.has)).toEqual([]);
});

it("tells a pod from its successor of the same name", () => {
  const store = new FakeObjectStore();
  const revoked = trackRevokedPods({ pods: store.informer(pods), clock: new FakeClock(), longestTrust });
  store.put(pod("sensor-0", "old"));
  store.take("Pod", "sensor-0");
  store.put(pod("sensor-0", "new"));
  expect([revoked.has("old"), revoked.has("new")]).toEqual([true, false]);
});

it("forgets once no cache can hold an answer about the pod", async () => {
  const clock = new FakeClock();
  const store = new FakeObjectStore();
  const revoked = trackRevokedPods({ pods: store.informer(pods), clock, longestTrust });
  store.put(pod("sensor-1", "u1"));
  store.take("Pod", "sensor-1");
  await clock.advance(longestTrust + 5 * 60_000 - 1);
  expect(revoked.has("u1")).toBe(true);
  await clock.advance(1);
  expect(revoked.has("u1")).toBe(false);
});

it("measures how long after its time a pod went, and nothing of a pod that was given none", async () => {
  const clock = new FakeClock();
  const store = new FakeObjectStore();
  const delays: number[] = [];
  trackRevokedPods({ pods: store.informer(pods), clock, longestTrust, onRevoked: (delay) => void delays.push(delay) });
  const deletionTimestamp = new Date(clock.now() + 30_000).toISOString();
  for (const name of ["early", "late"]) {
    store.put({ ...pod(name, name), metadata: { name, uid: name, deletionTimestamp } });
  }
  store.put(pod("forced", "forced"));
  store.take("Pod", "early");
  store.take("Pod", "forced");
  await clock.advance(32_000);
  store.take("Pod", "late");
  expect(delays).toEqual([0, 2000]);
});
