import { describe, expect, it } from "vitest";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { holderOf } from "./cluster-lock.ts";
import { leaseDuration } from "./lease.ts";
import { releaseLease } from "./release-leases.ts";
import { FakeLease } from "./test/fake-lease.ts";

const run = sampleRun([sampleWave("w", ["a"])]);
const cluster = run.plan.clusters.a;
if (cluster === undefined) throw new Error("no cluster");
const { signal } = new AbortController();
const times = { renewedAt: 1000, durationMs: leaseDuration, transitions: 3 };

function setUp(holder: string | undefined) {
  const lease = new FakeLease();
  if (holder !== undefined) lease.set({ holder, ...times });
  return { lease, release: () => releaseLease(run, cluster as NonNullable<typeof cluster>, signal, async () => lease) };
}

describe("releaseLease", () => {
  it("gives back what the run has, and nothing else", async () => {
    const { lease, release } = setUp(holderOf(run));
    expect(await release()).toEqual({ outcome: "ok", lock: "released" });
    expect(lease.record).toBeUndefined();
    expect(await release()).toEqual({ outcome: "ok", lock: "free" });
    expect(await setUp(undefined).release()).toEqual({ outcome: "ok", lock: "free" });
  });

  it.each(["20991231-000000-0001@elsewhere", `${run.id}@elsewhere`])("leaves the lock of %s alone", async (holder) => {
    const { lease, release } = setUp(holder);
    expect(await release()).toMatchObject({ outcome: "ok", lock: "kept", heldBy: holder });
    expect(lease.record?.holder).toBe(holder);
  });

  it("does not take away what another run has taken meanwhile", async () => {
    const { lease, release } = setUp(holderOf(run));
    lease.beforeUpdate = () => lease.set({ holder: "faster", ...times });
    expect(await release()).toMatchObject({ lock: "kept", heldBy: "faster" });
    expect(lease.record?.holder).toBe("faster");
  });

  it("says where a cluster does not answer", async () => {
    const { lease, release } = setUp(holderOf(run));
    lease.isReachable = false;
    expect(await release()).toMatchObject({ outcome: "unreachable" });
  });
});
