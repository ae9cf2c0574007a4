import { beforeEach, describe, expect, it } from "vitest";
import { annotations } from "#contract";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { type ServiceAccount, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import { followGoneModules, type GoneModules } from "./gone-modules.ts";

let store: FakeObjectStore;
let clock: FakeClock;
let running: string[];
let told: number;
let gone: GoneModules;

const account = (name: string, uid = name): ServiceAccount => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, uid, annotations: { [annotations.moduleId]: name } },
});

beforeEach(() => {
  store = new FakeObjectStore("edge-a");
  clock = new FakeClock();
  [running, told] = [[], 0];
  store.put(account("edgeagent"));
  store.put(account("sensor"));
  gone = followGoneModules({
    serviceAccounts: store.informer(serviceAccounts),
    runs: (names) => names.some((name) => running.includes(name)),
    clock,
    onGone: () => told++,
  });
});

const remove = (name: string) => store.remove(serviceAccounts, name);

describe("a module that was here", () => {
  it("is gone when its account has been away for a while", async () => {
    await remove("sensor");
    await clock.advance(29_000);
    expect([...gone.ids]).toEqual([]);
    await clock.advance(1000);
    expect([...gone.ids]).toEqual(["sensor"]);
    expect(told).toBe(1);
    gone.forget("sensor");
    expect([...gone.ids]).toEqual([]);
  });

  it("is not gone where its account is only made anew", async () => {
    await remove("sensor");
    await clock.advance(5000);
    store.put(account("sensor", "another"));
    await clock.advance(60_000);
    expect([...gone.ids]).toEqual([]);
    gone.forget("sensor");
    await remove("sensor");
    await clock.advance(30_000);
    expect([...gone.ids]).toEqual(["sensor"]);
  });

  it("is not gone while something runs it", async () => {
    running = ["sensor"];
    await remove("sensor");
    await clock.advance(60_000);
    expect([...gone.ids]).toEqual([]);
    running = [];
    expect([...gone.ids]).toEqual(["sensor"]);
  });

  it("is not gone where the installation is taken down", async () => {
    await remove("sensor");
    await remove("edgeagent");
    await clock.advance(60_000);
    expect([...gone.ids]).toEqual([]);
  });

  it("was never here before this process: then nothing is said of it", async () => {
    await clock.advance(60_000);
    expect([...gone.ids]).toEqual([]);
  });
});
