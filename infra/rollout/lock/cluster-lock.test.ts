import { describe, expect, it } from "vitest";
import type { ClusterLock } from "../model/ports.ts";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { type OnWatch, openClusterLock } from "./cluster-lock.ts";
import { leaseDuration } from "./lease.ts";
import { FakeLease } from "./test/fake-lease.ts";
import { FakeTimer } from "./test/fake-timer.ts";

const first = sampleRun([sampleWave("w", ["a"])], { id: "20261123-000000-0001" });
const second = { ...first, id: "20261123-000000-0002" };
const cluster = first.plan.clusters.a;
if (cluster === undefined) throw new Error("no cluster");
const { signal } = new AbortController();

function setUp() {
  const [timer, lease] = [new FakeTimer(), new FakeLease()];
  const watched: string[] = [];
  const onWatch: OnWatch = ({ cluster, holder, ms }) => void watched.push(`${cluster} of ${holder} for ${ms / 1000} s`);
  const open = (run = first) => openClusterLock(run, timer, onWatch, async () => lease);
  /** Lets time pass in the steps of who watches. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) await timer.pass(1000);
  };
  return { timer, lease, open, pass, watched };
}

const take = (lock: ClusterLock) => lock.acquire(cluster, signal);
const mine = { outcome: "ok", held: true };

describe("openClusterLock", () => {
  it("excludes another run as long as it is renewed", async () => {
    const { open, pass } = setUp();
    const [one, two] = [open(), open(second)];
    expect(await take(one)).toEqual(mine);
    const waiting = take(two);
    await pass(leaseDuration / 2);
    expect(await waiting).toEqual({ outcome: "ok", held: false, heldBy: expect.stringContaining(first.id) });
    await one.releaseAll();
    expect(await take(two)).toEqual(mine);
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

  it("of a run that was killed is renewed and given back by the process that resumes it, and of another run left alone", async () => {
    const { timer, lease, open, pass } = setUp();
    const killed = open();
    await take(killed);
    const taken = lease.record;
    const resumed = open();
    resumed.keepAll([cluster], signal);
    const other = open(second);
    other.keepAll([cluster], signal);
    await pass(leaseDuration / 4);
    expect(lease.record).toMatchObject({ holder: taken?.holder, renewedAt: timer.now() });
    await other.releaseAll();
    expect(lease.record?.holder).toBe(taken?.holder);
    await resumed.releaseAll();
    expect(lease.record).toBeUndefined();
    await killed.releaseAll();
  });

  it("is taken once, whoever asks first", async () => {
    const { lease, open } = setUp();
    const killed = open();
    await take(killed);
    const resumed = open();
    resumed.keepAll([cluster], signal);
    const before = lease.updates;
    expect(await Promise.all([take(resumed), take(resumed)])).toEqual([mine, mine]);
    expect(lease.updates).toBe(before + 3);
    await resumed.releaseAll();
    expect(lease.record).toBeUndefined();
    await killed.releaseAll();
  });

  it.each([0, -4 * 60_000, 3_600_000])(
    "is free once nobody renews it, with clocks that differ by %i ms",
    async (ahead) => {
      const { timer, lease, open, pass, watched } = setUp();
      lease.set({ holder: "gone", renewedAt: timer.now() + ahead, durationMs: leaseDuration, transitions: 4 });
      const lock = open();
      let taken: unknown;
      const waiting = take(lock).then((held) => {
        taken = held;
      });
      await pass(leaseDuration - 1000);
      expect(taken).toBeUndefined();
      await pass(2000);
      await waiting;
      expect(taken).toEqual(mine);
      expect(lease.record?.transitions).toBe(5);
      expect(watched).toEqual(["a of gone for 60 s"]);
      await lock.releaseAll();
    },
  );

  it("is free at once when it was not renewed for long", async () => {
    const { timer, lease, open } = setUp();
    lease.set({ holder: "gone", renewedAt: timer.now() - 6 * 60_000, durationMs: leaseDuration, transitions: 4 });
    const lock = open();
    expect(await take(lock)).toEqual(mine);
    await lock.releaseAll();
  });

  it("is free at once when it is given back", async () => {
    const { lease, open, pass } = setUp();
    lease.set({ holder: "other", renewedAt: 0, durationMs: leaseDuration, transitions: 4 });
    lease.set({ holder: "other", renewedAt: 1_000_000, durationMs: leaseDuration, transitions: 4 });
    const lock = open();
    const waiting = take(lock);
    await pass(4000);
    lease.set({ holder: "", renewedAt: 1_000_000, durationMs: leaseDuration, transitions: 4 });
    await pass(2000);
    expect(await waiting).toEqual(mine);
    await lock.releaseAll();
  });

  it("does not pass while the cluster gives no answers", async () => {
    const { timer, lease, open, pass } = setUp();
    lease.set({ holder: "other", renewedAt: timer.now(), durationMs: leaseDuration, transitions: 4 });
    const lock = open();
    const waiting = take(lock);
    await pass(leaseDuration / 2);
    lease.isReachable = false;
    await pass(leaseDuration);
    expect(await waiting).toMatchObject({ outcome: "unreachable" });
    expect(lease.record?.holder).toBe("other");
  });

  it("is renewed, also after a while in which the cluster could not be reached", async () => {
    const { timer, lease, open, pass } = setUp();
    const lock = open();
    await take(lock);
    await pass(leaseDuration / 4);
    expect(lease.record?.renewedAt).toBe(timer.now());
    lease.isReachable = false;
    await pass(leaseDuration / 2);
    expect(await take(lock)).toMatchObject({ outcome: "unreachable" });
    lease.isReachable = true;
    await pass(2000);
    expect(lease.record?.renewedAt).toBeGreaterThan(timer.now() - 2000);
    await lock.releaseAll();
    expect(lease.record).toBeUndefined();
  });

  it("is renewed while another cluster gives no answer", async () => {
    const { timer, lease, pass } = setUp();
    const silent = new FakeLease();
    const lock = openClusterLock(first, timer, undefined, async ({ name }) => (name === "a" ? lease : silent));
    await take(lock);
    await lock.acquire({ ...cluster, name: "b" }, signal);
    const update = silent.update.bind(silent);
    const answers = Promise.withResolvers<void>();
    silent.update = async (record) => {
      await answers.promise;
      return update(record);
    };
    await pass(leaseDuration);
    expect(lease.record?.renewedAt).toBeGreaterThan(timer.now() - leaseDuration / 2);
    answers.resolve();
    await lock.releaseAll();
  });

  it("tells when somebody else has taken it, and does not take it back", async () => {
    const { timer, lease, open } = setUp();
    const lock = open();
    const lost: string[] = [];
    lock.onLost((name, holder) => lost.push(`${name} by ${holder}`));
    await take(lock);
    lease.set({ holder: "other", renewedAt: 0, durationMs: 0, transitions: 1 });
    await timer.pass(leaseDuration / 4);
    expect(lost).toEqual(["a by other"]);
    expect(lease.record?.holder).toBe("other");
    await lock.releaseAll();
    expect(lease.record?.holder).toBe("other");
  });

  it("finds out before a write that it was lost", async () => {
    const { timer, lease, open } = setUp();
    const lock = open();
    const lost: string[] = [];
    lock.onLost((name) => lost.push(name));
    await take(lock);
    lease.set({ holder: "other", renewedAt: timer.now(), durationMs: leaseDuration, transitions: 1 });
    expect(await take(lock)).toMatchObject({ held: false, heldBy: "other" });
    expect(lost).toEqual(["a"]);
    await lock.releaseAll();
  });

  it("leaves it to who was faster", async () => {
    const { timer, lease, open, pass } = setUp();
    const faster = () => ({ holder: "faster", renewedAt: timer.now(), durationMs: leaseDuration, transitions: 1 });
    lease.set({ holder: "", renewedAt: 0, durationMs: 0, transitions: 0 });
    lease.beforeUpdate = () => lease.set(faster());
    const lock = open();
    const waiting = take(lock);
    await pass(1000);
    lease.set(faster());
    await pass(2000);
    expect(await waiting).toMatchObject({ held: false, heldBy: "faster" });
    await lock.releaseAll();
  });
});
