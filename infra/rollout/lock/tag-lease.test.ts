import { describe, expect, it } from "vitest";
import type { RegistryTags, TagState } from "../../gitops/index.ts";
import type { GitopsTarget } from "../model/fleet.ts";
import type { PlannedCluster } from "../model/run.ts";
import { openClusterLock } from "./cluster-lock.ts";
import { leaseDuration } from "./lease.ts";
import { TagHeartbeat } from "./tag-heartbeat.ts";
import { lockKeys, lockTimes, tagLease } from "./tag-lease.ts";
import { FakeTimer } from "./test/fake-timer.ts";

const target: GitopsTarget = {
  repository: "r.example.com/fleet/a",
  tag: "stable",
  insecure: false,
  kustomization: "flux-system/iotedge",
  observe: "events",
  silenceMs: 0,
};
const cluster = { name: "a", stack: "a", target: { context: "a" }, gitops: target } as unknown as PlannedCluster;
const { signal } = new AbortController();

/** A registry as they are: whoever writes last has written. */
function registry() {
  const tags = new Map<string, TagState>();
  const gate = { before: async (_tag: string) => {} };
  const pushes: string[] = [];
  const client: RegistryTags = {
    read: async ({ name }, tag) => tags.get(`${name}:${tag}`),
    push: async ({ name }, tag, { manifest }) => {
      await gate.before(tag);
      const { annotations } = JSON.parse(Buffer.from(manifest.bytes).toString("utf8"));
      pushes.push(`${name}:${tag}`);
      tags.set(`${name}:${tag}`, { digest: manifest.digest, annotations, size: 0 });
    },
    move: async () => {},
    pull: async () => [],
  };
  return { client, tags, gate, pushes };
}

function setUp() {
  const timer = new FakeTimer();
  const { client, tags, gate, pushes } = registry();
  const open = (id: string) => {
    const heartbeat = new TagHeartbeat({ name: target.repository, insecure: false }, `stable.run-${id}`, client, timer);
    return openClusterLock(
      { id },
      timer,
      () => {},
      async () => tagLease({ target, heartbeat, tags: client, timer }),
    );
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) await timer.pass(1000);
  };
  const holder = () => tags.get(`${target.repository}:stable.lock`)?.annotations[lockKeys.holder];
  return { timer, open, pass, gate, holder, pushes };
}

const mine = { outcome: "ok", held: true };

describe("a lock by tag", () => {
  it.each([
    [0, 0],
    [0, 3000],
    [3000, 0],
    [1000, 3000],
    [3000, 2000],
  ])("is had by one of two who begin at the same time, whose writes take %i and %i ms", async (...delays) => {
    const { open, pass, gate, timer } = setUp();
    let writes = 0;
    gate.before = async (tag) => {
      if (tag === "stable.lock") await timer.sleep(delays[writes++] ?? 0, signal);
    };
    const locks = [open("one"), open("two")];
    const waiting = Promise.all(locks.map((lock) => lock.acquire(cluster, signal)));
    await pass(leaseDuration);
    const held = (await waiting).filter((result) => result.outcome === "ok" && result.held);
    expect(held).toHaveLength(1);
    gate.before = async () => {};
    await Promise.all(locks.map((lock) => lock.releaseAll()));
  });

  it("excludes another run as long as its run shows that it lives, with one write for all of its locks", async () => {
    const { open, pass, pushes } = setUp();
    const [one, two] = [open("one"), open("two")];
    const first = one.acquire(cluster, signal);
    await pass(lockTimes.settle + 3000);
    expect(await first).toEqual(mine);
    const before = pushes.length;
    await pass(leaseDuration);
    expect(new Set(pushes.slice(before))).toEqual(new Set([`${target.repository}:stable.run-one`]));
    const second = two.acquire(cluster, signal);
    await pass(leaseDuration);
    expect(await second).toEqual({ outcome: "ok", held: false, heldBy: expect.stringContaining("one@") });
    await one.releaseAll();
  });

  it("is taken over once its run shows nothing for a minute, and the run that had it finds out before it writes", async () => {
    const { open, pass, gate, holder } = setUp();
    const [one, two] = [open("one"), open("two")];
    const first = one.acquire(cluster, signal);
    await pass(lockTimes.settle + 3000);
    await first;
    const lost: string[] = [];
    one.onLost((name, by) => lost.push(`${name} by ${by}`));
    // The first can write no more: its registry is out of reach, or its machine stands still.
    let isCut = true;
    const cut = Promise.withResolvers<void>();
    gate.before = async () => {
      if (isCut) await cut.promise;
    };
    await pass(leaseDuration / 2);
    const second = two.acquire(cluster, signal);
    await pass(leaseDuration - 3000);
    expect(holder()).toContain("one@");
    isCut = false;
    await pass(lockTimes.settle + 12_000);
    expect(await second).toEqual(mine);
    cut.resolve();
    expect(await one.acquire(cluster, signal)).toMatchObject({ held: false, heldBy: expect.stringContaining("two@") });
    expect(lost).toEqual([expect.stringContaining("a by two@")]);
    await two.releaseAll();
    await one.releaseAll();
    expect(holder()).toBe("");
  });

  it("is had at once by the run that had it and was killed, and is free after it is given back", async () => {
    const { open, pass, holder } = setUp();
    const killed = open("one");
    const first = killed.acquire(cluster, signal);
    await pass(lockTimes.settle + 3000);
    await first;
    const resumed = open("one");
    expect(await resumed.acquire(cluster, signal)).toEqual(mine);
    await resumed.releaseAll();
    expect(holder()).toBe("");
    const other = open("two");
    const waiting = other.acquire(cluster, signal);
    await pass(lockTimes.settle + 3000);
    expect(await waiting).toEqual(mine);
    await other.releaseAll();
    await killed.releaseAll();
    expect(holder()).toBe("");
  });
});
