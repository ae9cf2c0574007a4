import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { createMetrics } from "../metrics.ts";
import { Admission, mostAhead, type Visit } from "./admission.ts";

const bounds = {
  waiting: { most: 6, mostOfGroup: 4 },
  unproven: { most: 4, mostOfGroup: 2 },
  proven: { most: 3, mostOfGroup: 2 },
  bodies: { most: 2, mostOfGroup: 1 },
};
const times = { handshakeTimeout: 5000, patience: 1000, requestTimeout: 30_000 };

const answer = { writableEnded: false };

let clock: FakeClock;
let metrics: ReturnType<typeof createMetrics>;
let admission: Admission;
/** What became of each connection, by its name. */
let fates: Record<string, "begun" | "hung up" | "waits">;

beforeEach(() => {
  clock = new FakeClock();
  metrics = createMetrics();
  admission = new Admission({ bounds, times, clock, metrics });
  fates = {};
});

/** @param name whose part before the dash is the address */
function arrive(name: string): Visit {
  const visit: Visit = admission.arrive({
    address: name.split("-")[0] ?? "",
    begin: () => {
      fates[name] = "begun";
    },
    hangUp: () => {
      fates[name] = "hung up";
      queueMicrotask(() => visit.leave());
    },
  });
  fates[name] ??= "waits";
  return visit;
}

function proven(name: string, module: string): Visit {
  const visit = arrive(name);
  expect(visit.prove(module)).toBe(true);
  return visit;
}

describe("connections without a proven token", () => {
  it("are begun with up to the address's share; more wait, the last ones of them", () => {
    for (let index = 0; index < 7; index++) arrive(`a-${index}`);
    expect(Object.values(fates)).toEqual(["begun", "begun", "hung up", "waits", "waits", "waits", "waits"]);
  });

  it("of other addresses find a place at once", () => {
    for (let index = 0; index < 7; index++) arrive(`a-${index}`);
    arrive("b-0");
    expect(fates["b-0"]).toBe("begun");
  });

  it("get a place in turn when one is free, those of addresses that have fewest first", async () => {
    const visits = ["a-0", "a-1", "b-0", "b-1", "a-2", "b-2", "c-0"].map(arrive);
    expect([fates["a-2"], fates["b-2"], fates["c-0"]]).toEqual(["waits", "waits", "waits"]);
    visits[0]?.leave();
    expect([fates["a-2"], fates["b-2"], fates["c-0"]]).toEqual(["waits", "waits", "begun"]);
    visits[1]?.leave();
    expect([fates["a-2"], fates["b-2"]]).toEqual(["begun", "waits"]);
  });

  it("lose their place to who waits after a while, and only then", async () => {
    ["a-0", "a-1", "b-0", "b-1"].map(arrive);
    arrive("c-0");
    await clock.advance(900);
    expect(fates["c-0"]).toBe("waits");
    await clock.advance(400);
    expect(fates["c-0"]).toBe("begun");
    expect(Object.values(fates).filter((fate) => fate === "hung up")).toHaveLength(1);
  });

  it("keep it while nobody waits, and while a request is looked at", async () => {
    const served = ["a-0", "a-1"].map(arrive);
    await clock.advance(10_000);
    expect(fates).toEqual({ "a-0": "begun", "a-1": "begun" });
    for (const visit of served) visit.request(answer);
    arrive("a-2");
    await clock.advance(2000);
    expect(fates["a-2"]).toBe("waits");
    served[1]?.answered(answer);
    await clock.advance(2000);
    expect(fates).toEqual({ "a-0": "begun", "a-1": "hung up", "a-2": "begun" });
  });

  it("lose it also while answers are not read: who waits gets it after some seconds", async () => {
    for (const visit of ["a-0", "a-1", "b-0", "b-1"].map(arrive)) visit.request(answer);
    await clock.advance(1500);
    arrive("c-0");
    await clock.advance(1000);
    expect(fates["c-0"]).toBe("waits");
    await clock.advance(1000);
    expect(fates["c-0"]).toBe("begun");
  });

  it("that came last are begun with first, since clients of the others may have gone", () => {
    const [first] = ["a-0", "a-1", "a-2", "a-3"].map(arrive);
    first?.leave();
    expect([fates["a-2"], fates["a-3"]]).toEqual(["waits", "begun"]);
  });

  it("do not wait for longer than a proxy does", async () => {
    const served = ["a-0", "a-1"].map(arrive);
    ["a-2", "a-3"].map(arrive);
    for (let second = 0; second < 7; second++) {
      for (const visit of served) visit.request(answer);
      await clock.advance(700);
      for (const visit of served) visit.answered(answer);
    }
    for (const visit of served) visit.request(answer);
    arrive("a-4");
    await clock.advance(300);
    expect(fates).toMatchObject({ "a-2": "hung up", "a-3": "hung up", "a-4": "waits" });
  });

  it("that wait leave their place in the queue to addresses with fewer", () => {
    ["a-0", "a-1", "b-0", "b-1", "a-2", "a-3", "a-4", "a-5", "b-2", "b-3"].map(arrive);
    arrive("c-0");
    expect([fates["a-2"], fates["c-0"]]).toEqual(["hung up", "waits"]);
  });

  it("look for no place when nobody waits: no timer runs", async () => {
    for (let index = 0; index < 4; index++) arrive(`a-${index}`);
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });
});

describe("connections with a proven token", () => {
  it("make room for those without", () => {
    const [first] = ["a-0", "a-1", "a-2"].map(arrive);
    first?.prove("sensor");
    expect(fates["a-2"]).toBe("begun");
    expect(first?.prove("sensor")).toBe(true);
    expect(admission.proven.size).toBe(1);
  });

  it("are a module's up to its share: then one at rest ends for the next, and if there is none the next may not stay", () => {
    proven("a-0", "sensor");
    const served = [proven("a-1", "sensor"), proven("a-2", "sensor")];
    expect(fates).toEqual({ "a-0": "hung up", "a-1": "begun", "a-2": "begun" });
    for (const visit of served) visit.request(answer);
    const next = arrive("b-0");
    expect(next.prove("sensor")).toBe(false);
    expect([admission.proven.size, admission.unproven.countOf("b")]).toEqual([2, 1]);
  });

  it("end for the next one also while answers are not read, after the time for a request", async () => {
    for (const visit of [proven("a-0", "sensor"), proven("a-1", "sensor")]) visit.request(answer);
    await clock.advance(29_000);
    expect(arrive("a-2").prove("sensor")).toBe(false);
    await clock.advance(2000);
    expect(arrive("a-3").prove("sensor")).toBe(true);
    expect(fates["a-0"]).toBe("hung up");
  });

  it("take no place when they have gone before the token is confirmed, nor for a body then", () => {
    const visit = arrive("a-0");
    visit.request(answer);
    visit.leave();
    expect(visit.prove("sensor")).toBe(true);
    expect(visit.readBody()).toBeTypeOf("function");
    const { unproven, proven: confirmed, bodies } = admission;
    expect([unproven.size, confirmed.size, bodies.size]).toEqual([0, 0, 0]);
  });

  it("of a module that has many end for one of another", () => {
    ["a-0", "a-1"].map((name) => proven(name, "sensor"));
    proven("b-0", "hub");
    proven("c-0", "filter");
    expect(fates).toEqual({ "a-0": "hung up", "a-1": "begun", "b-0": "begun", "c-0": "begun" });
  });
});

it("who sends many requests ahead of their answers is hung up on", () => {
  const visit = arrive("a-0");
  for (let ready = 0; ready < 100; ready++) expect(visit.request({ writableEnded: true })).toBe(true);
  for (let ahead = 0; ahead < mostAhead; ahead++) expect(visit.request({ writableEnded: false })).toBe(true);
  expect(fates["a-0"]).toBe("begun");
  expect(visit.request(answer)).toBe(false);
  expect(fates["a-0"]).toBe("hung up");
});

it("are counted by their state, and those that were hung up on", async () => {
  proven("b-0", "sensor").readBody();
  for (let index = 0; index < 7; index++) arrive(`a-${index}`);
  const text = await metrics.registry.metrics();
  const counts = { waiting: 4, unproven: 2, proven: 1, "large-body": 1 };
  for (const [state, count] of Object.entries(counts))
    expect(text).toContain(`iotedge_connections{state="${state}"} ${count}\n`);
  expect(text).toContain("iotedge_connections_ended_total 1\n");
});

describe("large bodies", () => {
  it("are read up to the module's share, and one that takes long ends for another", async () => {
    const visit = proven("a-0", "sensor");
    const isRead = visit.readBody();
    expect(proven("a-1", "sensor").readBody()).toBeUndefined();
    isRead?.();
    const slow = visit.readBody();
    expect(slow).toBeTypeOf("function");
    await clock.advance(1500);
    expect(admission.proven.first[0]?.readBody()).toBeTypeOf("function");
    expect(fates["a-0"]).toBe("hung up");
  });
});
