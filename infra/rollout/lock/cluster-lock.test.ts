import { describe, expect, it } from "vitest";
import type { ClusterLock } from "../model/ports.ts";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { leaseDuration, openClusterLock } from "./cluster-lock.ts";
import { endOf } from "./lease.ts";
import { FakeClock } from "./test/fake-clock.ts";
import { FakeLease } from "./test/fake-lease.ts";

const first = sampleRun([sampleWave("w", ["a"])], { id: "20261123-000000-0001" });
const second = { ...first, id: "20261123-000000-0002" };
const cluster = first.plan.clusters.a;
if (cluster === undefined) throw new Error("no cluster");
const { signal } = new AbortController();

function setUp() {
  const [clock, lease] = [new FakeClock(), new FakeLease()];
  const open = (run = first) => openClusterLock(run, clock, async () => lease);
  return { clock, lease, open };
}

const take = (lock: ClusterLock) => lock.acquire(cluster, signal);
const mine = { outcome: "ok", held: true };

describe("openClusterLock", () => {
  it("excludes another run until it is released", async () => {
    const { lease, open } = setUp();
    const [one, two] = [open(), open(second)];
    expect(await take(one)).toEqual(mine);
    expect(await take(two)).toMatchObject({ outcome: "ok", held: false, heldBy: expect.stringContaining(first.id) });
    await one.releaseAll();
    expect(await take(two)).toEqual(mine);
    expect(lease.record?.transitions).toBe(1);
    await two.releaseAll();
  });

  it("is taken back at once by a run that was killed and is resumed", async () => {
    const { open } = setUp();
    const killed = open();
    await take(killed);
    const resumed = open();
    expect(await take(resumed)).toEqual(mine);
    await resumed.releaseAll();
    await killed.releaseAll();
  });

  it("is free once it was not renewed for its time, and clocks that differ", async () => {
    const { clock, lease, open } = setUp();
    lease.set({ holder: "gone", renewedAt: clock.now(), durationMs: leaseDuration, transitions: 4 });
    const lock = open();
    await clock.pass(leaseDuration);
    expect(await take(lock)).toMatchObject({ held: false, heldBy: "gone" });
    await clock.pass((lease.record ? endOf(lease.record) : 0) - clock.now());
    expect(await take(lock)).toEqual(mine);
    expect(lease.record?.transitions).toBe(5);
    await lock.releaseAll();
  });

  it("is renewed, also after a while in which the cluster could not be reached", async () => {
    const { clock, lease, open } = setUp();
    const lock = open();
    await take(lock);
    await clock.pass(leaseDuration / 3);
    expect(lease.record?.renewedAt).toBe(clock.now());
    lease.isReachable = false;
    await clock.pass(leaseDuration / 3);
    expect(await take(lock)).toMatchObject({ outcome: "unreachable" });
    lease.isReachable = true;
    await clock.pass(leaseDuration / 3);
    expect(lease.record?.renewedAt).toBe(clock.now());
    await lock.releaseAll();
    expect(lease.record?.holder).toBe("");
  });

  it("tells when somebody else has taken it, and does not take it back", async () => {
    const { clock, lease, open } = setUp();
    const lock = open();
    const lost: string[] = [];
    lock.onLost((name, holder) => lost.push(`${name} by ${holder}`));
    await take(lock);
    lease.set({ holder: "other", renewedAt: 0, durationMs: 0, transitions: 1 });
    await clock.pass(leaseDuration / 3);
    expect(lost).toEqual(["a by other"]);
    expect(lease.record?.holder).toBe("other");
    await lock.releaseAll();
    expect(lease.record?.holder).toBe("other");
  });

  it("finds out before a write that it was lost", async () => {
    const { clock, lease, open } = setUp();
    const lock = open();
    const lost: string[] = [];
    lock.onLost((name) => lost.push(name));
    await take(lock);
    lease.set({ holder: "other", renewedAt: clock.now(), durationMs: leaseDuration, transitions: 1 });
    expect(await take(lock)).toMatchObject({ held: false, heldBy: "other" });
    expect(lost).toEqual(["a"]);
    await lock.releaseAll();
  });

  it("leaves it to who was faster", async () => {
    const { clock, lease, open } = setUp();
    lease.set({ holder: "", renewedAt: 0, durationMs: 0, transitions: 0 });
    lease.beforeUpdate = () =>
      lease.set({ holder: "faster", renewedAt: clock.now(), durationMs: leaseDuration, transitions: 1 });
    const lock = open();
    expect(await take(lock)).toMatchObject({ held: false, heldBy: "faster" });
    await lock.releaseAll();
  });
});
