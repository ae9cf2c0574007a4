import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RegisteredIdentity } from "#contract";
import type { Module } from "#manifest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { createIdentityGate, type IdentityGate } from "./identity-gate.ts";
import type { Observed } from "./observed.ts";

let clock: FakeClock;
let gate: IdentityGate;
let identities: readonly RegisteredIdentity[] | Error;
let reads: number;
let changes: number;

const module = (id: string, status = "running") => ({ id, status }) as Module;
const modules = [module("a"), module("b"), module("off", "stopped")];
const account = (name: string) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, uid: `uid-${name}` },
});

/** With the accounts of modules, and workloads of some. */
function observed(accounts: readonly string[], started: readonly string[] = []): Observed {
  const map = (names: readonly string[]) => new Map(names.map((name) => [name, account(name)]));
  return { serviceAccounts: map(accounts), deployments: map(started), jobs: new Map() } as unknown as Observed;
}

const identity = (moduleId: string, state: RegisteredIdentity["state"], generationId = `uid-${moduleId}`) => ({
  ...{ moduleId, generationId, state },
});
const held = (live: Observed) => [...gate.held(modules, live)];
const all = observed(["a", "b", "off"]);

beforeEach(() => {
  clock = new FakeClock();
  [identities, reads, changes] = [[], 0, 0];
  gate = createIdentityGate({
    read: async () => {
      reads++;
      if (identities instanceof Error) throw identities;
      return identities;
    },
    onChange: () => changes++,
    onError: () => {},
    clock,
    random: () => 0.5,
  });
});
afterEach(() => gate.stop());

describe("a module of a connected installation", () => {
  it("is not started before the hub has its key", async () => {
    expect(held(all)).toEqual(["a", "b"]);
    identities = [identity("a", "ready"), identity("b", "waiting")];
    await clock.advance(100);
    expect(changes).toBe(1);
    expect(held(all)).toEqual(["b"]);
    identities = [identity("a", "ready"), identity("b", "ready")];
    await clock.advance(2100);
    expect(changes).toBe(2);
    expect(held(all)).toEqual([]);
    const before = reads;
    await clock.advance(600_000);
    expect(reads).toBe(before);
  });

  it("waits for the key of its own generation", async () => {
    identities = [identity("a", "ready", "uid-of-before"), identity("b", "ready")];
    held(all);
    await clock.advance(100);
    expect(held(all)).toEqual(["a"]);
  });

  it.each(["foreign", "refused"] as const)(
    "does not wait for an identity that is %s: none will come",
    async (state) => {
      identities = [identity("a", state), identity("b", "ready")];
      held(all);
      await clock.advance(100);
      expect(held(all)).toEqual([]);
    },
  );

  it("is started in the end, where nobody says anything of identities", async () => {
    identities = new Error("iotedged is away");
    expect(held(all)).toEqual(["a", "b"]);
    for (let second = 0; second < 119; second += 7) {
      await clock.advance(7000);
      held(all);
    }
    await clock.advance(7000);
    expect(held(all)).toEqual([]);
  });

  it("is left alone where it is there, and is none to wait for where it has no account yet, or is stopped", () => {
    expect(held(observed(["a", "b"], ["a"]))).toEqual(["b"]);
    expect(held(observed(["b"]))).toEqual(["b"]);
    expect(held(observed(["off"]))).toEqual([]);
  });
});
