import { describe, expect, it } from "vitest";
import { forcedStepEvent } from "./forced-step-event.ts";
import { brokenBy } from "./revocation-impact.ts";
import { TestWorld } from "./test/world.ts";
import { endingWithin, trustStatus } from "./trust-status.ts";

const day = 86_400_000;
const now = Date.parse("2026-06-01T00:00:00Z");

async function observed(change: (world: TestWorld) => void | Promise<void> = () => {}) {
  const world = new TestWorld();
  await change(world);
  return world.observe("edge-a");
}

describe("trustStatus", () => {
  it("is settled while everybody has everything", async () => {
    expect(trustStatus(await observed(), now)).toMatchObject({
      namespace: "edge-a",
      phase: "settled",
      blockers: [],
      pods: { total: 3, current: 3, other: 0, unknown: 0 },
    });
  });

  it("says what a rotation waits for, and until when at most", async () => {
    const adding = await observed(async (world) => {
      world.roots = [
        { id: "r1", state: "active" },
        { id: "r2", state: "next" },
      ];
      await world.deploy();
    });
    expect(trustStatus(adding, now)).toMatchObject({ phase: "promoting", pods: { current: 0, other: 3 } });
    const dropping = await observed(async (world) => {
      world.roots = [
        { id: "r1", state: "active" },
        { id: "r2", state: "next" },
      ];
      await world.deploy();
      world.roots = [
        { id: "r1", state: "retired" },
        { id: "r2", state: "active" },
      ];
      await world.deploy();
      for (const party of [world.iotedged, ...world.modules]) world.load(party, "bundle");
      world.load(world.iotedged, "issuer");
    });
    const status = trustStatus(dropping, now);
    expect(status.blockers.map(({ id }) => id)).toEqual(["certificate", "certificate", "certificate"]);
    expect(status).toMatchObject({ phase: "dropping", estimate: new Date(4_000_000_000_000).toISOString() });
  });

  it("tells what is not deployed", async () => {
    expect(trustStatus({ ...(await observed()), deployed: undefined }, now)).toMatchObject({
      deployed: false,
      blockers: [],
    });
  });

  it("finds CAs that end, and of what renews itself only what has ended", async () => {
    const ca = (name: string, days: number) => ({ name, fingerprint: name, notBefore: 0, notAfter: now + days * day });
    const status = trustStatus({ ...(await observed()), bundle: [ca("r1", 20), ca("CN=broker", 40)] }, now);
    const short = { kind: "serving" as const, name: "iotedged-0", notAfter: new Date(now + day).toISOString() };
    const all = { ...status, certificates: [...status.certificates, short] };
    expect(endingWithin(all, now, 30 * day).map(({ name }) => name)).toEqual(["r1"]);
    expect(endingWithin(all, now, 50 * day).map(({ kind }) => kind)).toEqual(["root", "further-ca"]);
    expect(endingWithin(all, now + 2 * day, 0)).toEqual([short]);
  });
});

describe("brokenBy", () => {
  it("says plainly what a revocation takes down", async () => {
    const text = brokenBy(await observed(), "r1");
    expect(text).toContain("requests of modules fail for up to two minutes");
    expect(text).toContain("module-1 (module module-1)");
    expect(brokenBy(await observed(), "r7")).toContain("nothing breaks");
  });
});

describe("the Event of a forced step", () => {
  it("tells what was ignored and why, within what an Event holds", () => {
    const blocker = {
      id: "proxy",
      namespace: "edge-a",
      pod: "m-1",
      message: "it has another bundle",
      fix: "",
    } as const;
    const blockers = Array.from({ length: 200 }, () => blocker);
    const event = forcedStepEvent({ namespace: "edge-a", step: "promote", blockers, reason: "line 3 is gone", now });
    expect(event.note).toContain("Step promote was forced (line 3 is gone) in spite of: m-1: it has another bundle");
    expect(String(event.note).length).toBeLessThanOrEqual(1024);
    expect(event.eventTime).toBe("2026-06-01T00:00:00.000000Z");
  });
});
