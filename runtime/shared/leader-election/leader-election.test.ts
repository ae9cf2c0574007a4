import { afterEach, describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { FakeLeaseStore } from "../../../test/fakes/lease-store.ts";
import { createLogger } from "../logger.ts";
import { joinElection, type LeaderElection, type Term } from "./leader-election.ts";

const log = createLogger({ component: "test", level: "silent" });
const untilEnd = ({ signal }: Term) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

const joined: LeaderElection[] = [];
let clock = new FakeClock();
let leases = new FakeLeaseStore();

function join(identity: string, lead = untilEnd): LeaderElection {
  const election = joinElection({ leases, identity, lead, clock, random: () => 0.5, log });
  joined.push(election);
  return election;
}

async function stop(election: LeaderElection): Promise<void> {
  const done = election.stop();
  await settle();
  await done;
}

afterEach(async () => {
  for (const election of joined.splice(0)) await stop(election);
  clock = new FakeClock();
  leases = new FakeLeaseStore();
});

describe("an election", () => {
  it("makes the first candidate leader, and writes who leads since when", async () => {
    const one = join("one");
    await settle();
    expect(one.leads).toBe(true);
    expect(leases.current?.spec).toEqual({
      holderIdentity: "one",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.000000Z",
      leaseTransitions: 0,
    });
  });

  it("keeps the leader as long as it renews, and counts no other one", async () => {
    const one = join("one");
    await settle();
    const two = join("two");
    await clock.advance(10 * 60_000);
    expect([one.leads, two.leads]).toEqual([true, false]);
    expect(leases.current?.spec).toMatchObject({
      holderIdentity: "one",
      acquireTime: "2026-01-01T00:00:00.000000Z",
      leaseTransitions: 0,
    });
    expect(leases.writes).toBe(1 + (10 * 60_000) / 2000);
  });

  it("passes to another soon after the leader stops", async () => {
    const one = join("one");
    await settle();
    const two = join("two");
    await stop(one);
    expect(leases.current?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
    await clock.advance(4400);
    expect([one.leads, two.leads]).toEqual([false, true]);
    expect(leases.current?.spec).toMatchObject({ holderIdentity: "two", leaseTransitions: 1 });
  });

  it("gives the Lease back only when the leader's work is done", async () => {
    let finish = () => {};
    const slow = () => new Promise<void>((resolve) => (finish = resolve));
    const one = join("one", slow);
    await settle();
    const stopping = one.stop();
    await settle();
    expect(one.leads).toBe(false);
    expect(leases.current?.spec?.holderIdentity).toBe("one");
    finish();
    await stopping;
    expect(leases.current?.spec?.holderIdentity).toBe("");
  });

  it("passes to another 15 s after the leader is heard of no more, not before", async () => {
    leases.current = {
      ...leases.blank,
      metadata: { ...leases.blank.metadata, resourceVersion: "seen" },
      spec: { holderIdentity: "gone", leaseDurationSeconds: 15, leaseTransitions: 4 } as never,
    };
    const two = join("two");
    await settle();
    await clock.advance(14_999);
    expect(two.leads).toBe(false);
    await clock.advance(4400);
    expect(two.leads).toBe(true);
    expect(leases.current.spec?.leaseTransitions).toBe(5);
  });

  it("ends the term 10 s after the last renewal that was answered", async () => {
    const ends: number[] = [];
    const lead = async (term: Term) => {
      await untilEnd(term);
      ends.push(clock.now());
    };
    const one = join("one", lead);
    await settle();
    const start = clock.now();
    leases.get = leases.put = () => Promise.reject(new Error("away"));
    await clock.advance(9999);
    expect(one.leads).toBe(true);
    await clock.advance(1);
    expect(one.leads).toBe(false);
    expect(ends).toEqual([start + 10_000]);
  });

  it("is lost at once by a leader that finds another's name in the Lease", async () => {
    const one = join("one");
    await settle();
    leases.current = {
      ...leases.blank,
      metadata: { ...leases.blank.metadata, resourceVersion: "edited" },
      spec: { holderIdentity: "two", leaseDurationSeconds: 15 } as never,
    };
    await clock.advance(4000);
    expect(one.leads).toBe(false);
    expect(leases.current.spec?.holderIdentity).toBe("two");
  });

  it("is held again after the leader's work failed", async () => {
    let calls = 0;
    const one = join("one", () => (++calls === 1 ? Promise.reject(new Error("failed")) : new Promise(() => {})));
    await settle();
    expect([calls, one.leads, leases.current?.spec?.holderIdentity]).toEqual([1, false, ""]);
    await clock.advance(4400);
    expect([calls, one.leads]).toEqual([2, true]);
    joined.splice(0);
  });

  it("goes on when a renewal was written but not answered", async () => {
    const one = join("one");
    await settle();
    const put = leases.put.bind(leases);
    leases.put = async (lease) => {
      leases.put = put;
      await put(lease);
      throw new Error("the answer is lost");
    };
    await clock.advance(60_000);
    expect(one.leads).toBe(true);
  });

  it("leaves labels and owners of the Lease alone", async () => {
    leases.current = {
      ...leases.blank,
      metadata: { ...leases.blank.metadata, resourceVersion: "7", labels: { team: "a" } },
    };
    join("one");
    await settle();
    expect(leases.current.metadata.labels).toEqual({ team: "a" });
    expect(leases.current.spec?.holderIdentity).toBe("one");
  });
});
