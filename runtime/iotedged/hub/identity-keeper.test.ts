import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EdgeError } from "#base";
import type { RegisteredIdentity } from "#contract";
import type { DeviceRegistry, HubFailure, HubResult, ModuleKeys, RegisteredModule } from "#iot-hub";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { createIdentityKeeper, type IdentityKeeper, type IdentityKeeperOptions } from "./identity-keeper.ts";

const failure = (kind: HubFailure["kind"], retryAfter?: number): HubFailure => ({
  kind,
  retryAfter,
  error: new EdgeError("EDGE_HUB_TEST", kind, ""),
});
const wantedOf = (ids: readonly string[], version = "1") =>
  ids.map((moduleId) => ({
    ...{ moduleId, generationId: "g" },
    keys: { primary: `${moduleId}-${version}`, secondary: `${moduleId}-s` },
  }));

let clock: FakeClock;
let keeper: IdentityKeeper;
/** What the hub has, and each call with its second. */
let hub: Map<string, RegisteredModule>;
let calls: { readonly at: number; readonly call: string }[];
/** What the next calls are answered with. */
let faults: (HubFailure | undefined)[];
let leads: boolean;
let wanted: ReturnType<typeof wantedOf>;
let gone: Set<string>;
let seen: readonly RegisteredIdentity[];

function start(changes: Partial<IdentityKeeperOptions> = {}) {
  const answer = <T>(call: string, act: () => T): Promise<HubResult<T>> => {
    calls.push({ at: (clock.now() - begun) / 1000, call });
    const fault = faults.shift();
    return Promise.resolve(fault === undefined ? { value: act() } : { failure: fault });
  };
  const registry: DeviceRegistry = {
    list: () => answer("list", () => [...hub.values()]),
    put: (moduleId, keys: ModuleKeys, exists) =>
      answer(`${exists ? "update" : "create"} ${moduleId}`, () => {
        const made = { moduleId, managedBy: "IotEdge", usesKeys: true, hasCredential: true, keys };
        hub.set(moduleId, made);
        return made;
      }),
    remove: (moduleId) =>
      answer(`delete ${moduleId}`, () => {
        hub.delete(moduleId);
        return null;
      }),
  };
  keeper = createIdentityKeeper({
    ...{ leads: () => leads, wanted: () => wanted, registry, clock, random: () => 0.5 },
    gone: {
      get ids() {
        return gone;
      },
      forget: (moduleId) => void gone.delete(moduleId),
    },
    onCall: () => {},
    onIdentities: (identities) => {
      seen = identities;
    },
    onError: (error) => {
      throw error;
    },
    ...changes,
  });
  keeper.trigger();
}

let begun = 0;
beforeEach(() => {
  clock = new FakeClock();
  begun = clock.now();
  [hub, calls, faults, leads, wanted, gone, seen] = [new Map(), [], [], true, [], new Set(), []];
});
afterEach(() => keeper.stop());

const writes = () => calls.filter(({ call }) => call !== "list");
const states = () => seen.map(({ state }) => state);

describe("the keeper of identities", () => {
  it("waits before its first call, so that a fleet does not ask at once", async () => {
    start();
    await clock.advance(2400);
    expect(calls).toEqual([]);
    await clock.advance(200);
    expect(calls).toMatchObject([{ call: "list" }]);
  });

  it("registers 50 modules by one write a second, and asks once for what is there", async () => {
    wanted = wantedOf(Array.from({ length: 50 }, (_, index) => `m${index}`));
    start();
    await clock.advance(120_000);
    expect(calls.filter(({ call }) => call === "list")).toHaveLength(1);
    const times = writes().map(({ at }) => at);
    expect(times).toHaveLength(50);
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(49);
    expect(new Set(states())).toEqual(new Set(["ready"]));
  });

  it("writes nothing while another replica leads, and stops within a write when it no longer leads", async () => {
    leads = false;
    wanted = wantedOf(["a", "b", "c"]);
    start();
    await clock.advance(60_000);
    expect(calls).toEqual([]);
    leads = true;
    keeper.triggerAnew();
    await clock.advance(200);
    expect(writes()).toHaveLength(1);
    leads = false;
    await keeper.rest();
    seen = [];
    keeper.trigger();
    await clock.advance(60_000);
    expect(writes()).toHaveLength(1);
    expect(seen).toEqual([]);
  });

  it("waits as long as a hub that has too much to do says", async () => {
    wanted = wantedOf(["a"]);
    faults = [failure("throttled", 40_000)];
    start();
    await clock.advance(10_000);
    expect(calls).toHaveLength(1);
    await clock.advance(60_000);
    expect(calls.map(({ call }) => call)).toEqual(["list", "list", "create a"]);
    expect((calls[1]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(40);
  });

  it("asks ever more seldom while the hub is away", async () => {
    faults = Array.from({ length: 1000 }, () => failure("away"));
    start();
    await clock.advance(600_000);
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.length).toBeLessThan(30);
  });

  it("asks no more often while the hub is away because modules come and go", async () => {
    wanted = wantedOf(["a"]);
    start();
    await clock.advance(20_000);
    faults = Array.from({ length: 1000 }, () => failure("away"));
    const before = calls.length;
    for (let second = 0; second < 600; second++) {
      wanted = wantedOf(["a"], String(second));
      keeper.trigger();
      await clock.advance(1000);
    }
    expect(calls.length - before).toBeGreaterThan(5);
    expect(calls.length - before).toBeLessThan(40);
  });

  it("asks at once when it is told to look anew, as for another credential, though the hub has refused all before", async () => {
    faults = Array.from({ length: 1000 }, () => failure("unauthorized"));
    start();
    await clock.advance(600_000);
    faults = [];
    const before = calls.length;
    keeper.triggerAnew();
    await clock.advance(200);
    expect(calls).toHaveLength(before + 1);
  });

  it("asks for nothing that it knows after a throttled write, and does not come when all others do", async () => {
    wanted = wantedOf(["a"]);
    faults = [undefined, failure("throttled", 10_000)];
    start({ random: () => 0.999 });
    await clock.advance(60_000);
    expect(calls.map(({ call }) => call)).toEqual(["list", "create a", "create a"]);
    expect((calls[2]?.at ?? 0) - (calls[1]?.at ?? 0)).toBeGreaterThan(14);
  });

  it("looks again at what there is where that has changed meanwhile", async () => {
    wanted = wantedOf(["a"]);
    start();
    await clock.advance(2550);
    faults = [failure("stale")];
    hub.set("a", {
      moduleId: "a",
      managedBy: "IotEdge",
      usesKeys: false,
      hasCredential: false,
      keys: { primary: "", secondary: "" },
    });
    await clock.advance(60_000);
    expect(states()).toEqual(["ready"]);
  });

  it("goes on with others where the hub refuses one, and asks for that again after minutes", async () => {
    wanted = wantedOf(["a", "b"]);
    start();
    await clock.advance(2000);
    faults = [undefined, failure("refused")];
    await clock.advance(20_000);
    expect(calls.map(({ call }) => call)).toEqual(["list", "create a", "create b"]);
    expect(states()).toEqual(["refused", "ready"]);
    await clock.advance(6 * 60_000);
    expect(states()).toEqual(["ready", "ready"]);
  });

  it("writes the key of another generation at once, without asking for all again", async () => {
    wanted = wantedOf(["a", "b"]);
    start();
    await clock.advance(20_000);
    wanted = [...wantedOf(["a"], "2"), ...wantedOf(["b"])];
    keeper.trigger();
    await clock.advance(2000);
    expect(calls.map(({ call }) => call)).toEqual(["list", "create a", "create b", "update a"]);
    expect(hub.get("a")?.keys.primary).toBe("a-2");
  });

  it("writes back a key that somebody has changed in the hub", async () => {
    wanted = wantedOf(["a"]);
    start();
    await clock.advance(20_000);
    hub.set("a", { ...(hub.get("a") as RegisteredModule), keys: { primary: "x", secondary: "y" } });
    await clock.advance(6 * 60_000);
    expect(hub.get("a")?.keys.primary).toBe("a-1");
  });

  it("writes no key again that a hub has taken, and keeps to itself", async () => {
    wanted = wantedOf(["a"]);
    start();
    await clock.advance(20_000);
    hub.set("a", { ...(hub.get("a") as RegisteredModule), keys: { primary: "", secondary: "" } });
    await clock.advance(11 * 60_000);
    expect(writes()).toHaveLength(1);
    expect(states()).toEqual(["ready"]);
  });

  it("writes all keys to another hub, which has taken none of them", async () => {
    wanted = wantedOf(["a"]);
    start();
    await clock.advance(20_000);
    hub.set("a", { ...(hub.get("a") as RegisteredModule), keys: { primary: "", secondary: "" } });
    keeper.moved();
    keeper.triggerAnew();
    await clock.advance(20_000);
    expect(writes()).toHaveLength(2);
  });

  it("asks anew for all that there is when it is told to, in the midst of its writes, too", async () => {
    wanted = wantedOf(["a", "b", "c"]);
    start();
    await clock.advance(3000);
    expect(writes()).toHaveLength(1);
    keeper.triggerAnew();
    await clock.advance(20_000);
    expect(calls.map(({ call }) => call)).toEqual(["list", "create a", "create b", "create c", "list"]);
  });

  it("deletes what is gone before it makes what is new", async () => {
    wanted = wantedOf(["old"]);
    start();
    await clock.advance(20_000);
    wanted = wantedOf(["new"]);
    gone.add("old");
    keeper.trigger();
    await clock.advance(5000);
    expect(writes().map(({ call }) => call)).toEqual(["create old", "delete old", "create new"]);
    expect(gone.size).toBe(0);
  });
});
