import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Timer } from "../../runtime/base/clock.ts";
import { formatRoots, parseRoots } from "../trust-model/roots.ts";
import { abortGoal, nextId, revocation, rootGoal, workloadCaGoal } from "./goals.ts";
import { nextRootStep, nextWorkloadCaStep, type WaitingStep } from "./next-step.ts";
import { runRotation } from "./rotation.ts";
import { TestWorld } from "./test/world.ts";

/** Time that passes in sleeps alone; what happens meanwhile is up to the test. */
function timerOf(meanwhile: () => void): Timer {
  let now = 1000;
  return {
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
      meanwhile();
    },
  };
}

interface Options {
  readonly to?: string;
  readonly meanwhile?: () => void;
  readonly force?: WaitingStep;
  readonly workloadCa?: boolean;
}

function rotate(world: TestWorld, { to = "r2", meanwhile = () => world.loadAll(), force, workloadCa }: Options = {}) {
  return runRotation(world, {
    stack: "local",
    command: "edgectl trust rotate",
    namespaces: ["edge-a"],
    nextStep: (declared, observed, now) =>
      (workloadCa ? nextWorkloadCaStep : nextRootStep)(declared, observed, to, now),
    force,
    timeout: 60,
    timer: timerOf(meanwhile),
  });
}

describe("a rotation of the root", () => {
  it("goes step by step, and ends with the new root alone", async () => {
    const world = new TestWorld();
    const deployed: string[] = [];
    world.before = (action) => action === "deployed" && deployed.push(formatRoots(world.deployed.roots));
    await rotate(world);
    expect(deployed).toEqual(["r1=active,r2=next", "r1=retired,r2=active", "r2=active"]);
    expect(world.refusals()).toEqual([]);
  });

  it("does nothing when its goal is reached", async () => {
    const world = new TestWorld();
    await rotate(world);
    const { length } = world.lines;
    await rotate(world);
    expect(world.lines).toHaveLength(length);
  });

  it("never takes an id that is older than a root in use", async () => {
    const world = new TestWorld();
    await rotate(world, { to: "r3" });
    await expect(rotate(world, { to: "r2" })).rejects.toMatchObject({
      code: "EDGE_TRUST_CONFLICT",
      message: expect.stringContaining("root r2 is older than r3"),
    });
    await rotate(world, { to: "spring-2027" });
    expect(formatRoots(world.deployed.roots)).toBe("spring-2027=active");
  });

  it("waits for a proxy that is held back, and names it", async () => {
    const world = new TestWorld();
    const [held, ...others] = world.modules;
    const meanwhile = () => {
      for (const party of [world.iotedged, ...others]) world.load(party, "bundle");
    };
    const failure = rotate(world, { meanwhile });
    await expect(failure).rejects.toMatchObject({ code: "EDGE_TRUST_BLOCKED" });
    await expect(failure).rejects.toThrow(`edge-a/${held?.name}: its proxy has bundle`);
    await expect(failure).rejects.not.toThrow("module-1");
    expect(formatRoots(world.roots)).toBe("r1=active,r2=next");
    await rotate(world);
    expect(formatRoots(world.deployed.roots)).toBe("r2=active");
  });

  it("goes on in spite of what blocks a step only when told to, once, and leaves a trace", async () => {
    const world = new TestWorld();
    const failure = rotate(world, { meanwhile: () => {}, force: "promote" });
    await expect(failure).rejects.toMatchObject({ code: "EDGE_TRUST_BLOCKED" });
    expect(world.forced).toEqual(["promote"]);
    expect(formatRoots(world.deployed.roots)).toBe("r1=retired,r2=active");
  });

  it("can be taken back until the old root is out", async () => {
    const added = new TestWorld();
    await expect(rotate(added, { meanwhile: () => {} })).rejects.toThrow();
    await rotate(added, { to: abortGoal(added.roots, added.deployed.roots) ?? "" });
    expect(formatRoots(added.deployed.roots)).toBe("r1=active");

    const promoted = new TestWorld();
    const bundlesOnly = () => {
      for (const party of [promoted.iotedged, ...promoted.modules]) promoted.load(party, "bundle");
    };
    await expect(rotate(promoted, { meanwhile: bundlesOnly })).rejects.toThrow("certificate");
    expect(abortGoal(promoted.roots, promoted.deployed.roots)).toBe("r1");
    await rotate(promoted, { to: "r1" });
    expect(formatRoots(promoted.deployed.roots)).toBe("r1=active");
    await rotate(promoted, { to: "r3" });
    expect(abortGoal(promoted.roots, promoted.deployed.roots)).toBeUndefined();
  });

  it("does not start beside another", async () => {
    const world = new TestWorld();
    await expect(rotate(world, { meanwhile: () => {} })).rejects.toThrow();
    await expect(rotate(world, { to: "r3" })).rejects.toMatchObject({ code: "EDGE_TRUST_CONFLICT" });
  });

  it("never makes a client refuse a certificate, whatever is late, and wherever it is cut off and begun again", async () => {
    const choices = fc.array(fc.nat({ max: 7 }), { minLength: 200, maxLength: 200 });
    const crashes = fc.array(fc.nat({ max: 5 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(choices, crashes, fc.boolean(), async (picks, cuts, back) => {
        const world = new TestWorld();
        const queue = [...picks];
        const check = () => expect(world.refusals()).toEqual([]);
        const meanwhile = () => {
          const pick = queue.pop();
          if (pick === undefined) world.loadAll();
          else
            world.load([world.iotedged, ...world.modules][pick % 4] ?? world.iotedged, pick < 4 ? "bundle" : "issuer");
          check();
        };
        for (const cut of cuts) {
          let left = cut;
          world.before = () => {
            check();
            if (left-- === 0) throw new Error("cut off");
          };
          await rotate(world, { meanwhile }).catch(() => {});
        }
        world.before = check;
        const to = back ? (abortGoal(world.roots, world.deployed.roots) ?? "r2") : "r2";
        for (let run = 0; run < 20 && formatRoots(world.deployed.roots) !== `${to}=active`; run++) {
          await rotate(world, { to, meanwhile }).catch((error: Error) =>
            expect(error).toMatchObject({ code: "EDGE_TRUST_BLOCKED" }),
          );
        }
        expect(formatRoots(world.deployed.roots)).toBe(`${to}=active`);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a rotation of the workload CA", () => {
  it("leaves the bundle alone, and ends when nothing of the old one is in use", async () => {
    const world = new TestWorld();
    await rotate(world, { workloadCa: true, to: "w2" });
    expect(world.deployed.workloadCa).toBe("w2");
    expect(new Set(world.modules.map(({ ca }) => ca))).toEqual(new Set(["w2"]));
    expect(formatRoots(world.deployed.roots)).toBe("r1=active");
  });

  it("names the modules with certificates of the old one", async () => {
    const world = new TestWorld();
    const failure = rotate(world, {
      workloadCa: true,
      to: "w2",
      meanwhile: () => world.load(world.iotedged, "issuer"),
    });
    await expect(failure).rejects.toThrow("module module-0 has a server certificate that is not below workload CA w2");
  });
});

describe("goals", () => {
  const observed = async (world: TestWorld) => world.observe("edge-a");
  const declared = (text: string, workloadCa = "w1") => ({ roots: parseRoots(text) ?? [], workloadCa });

  it("are a new root, or that of the rotation under way", async () => {
    const world = new TestWorld();
    expect(rootGoal(declared("r1=active"), await observed(world))).toBe("r2");
    expect(rootGoal(declared("r1=active,r2=next"), await observed(world))).toBe("r2");
    expect(rootGoal(declared("r1=retired,r2=active"), await observed(world))).toBe("r2");
    expect(workloadCaGoal(declared("r1=active"), await observed(world), 1)).toBe("w2");
    expect(workloadCaGoal(declared("r1=active", "w2"), await observed(world), 1)).toBe("w2");
  });

  it("of taking back are the oldest root, also when only the file is back, and none once only the file has dropped it", () => {
    const goal = (file: string, cluster: string) => abortGoal(declared(file).roots, declared(cluster).roots);
    expect(goal("r1=active,r2=next", "r1=active")).toBe("r1");
    expect(goal("r1=active", "r1=active,r2=next")).toBe("r1");
    expect(goal("r1=active", "r1=active,r2=retired")).toBe("r1");
    expect(goal("r2=active", "r1=retired,r2=active")).toBeUndefined();
    expect(goal("r2=active", "r2=active")).toBeUndefined();
    expect(goal("r1=revoked,r2=active", "r1=revoked,r2=active")).toBeUndefined();
  });

  it("have ids that were not used before", () => {
    expect(nextId([], "r")).toBe("r1");
    expect(nextId(["r9", "r10", "root", "old"], "r")).toBe("r11");
  });

  it("of a revocation take the root out at once, with an heir and another workload CA where it signs", () => {
    expect(revocation(declared("r1=active"), "r9")).toBeUndefined();
    const text = (from: string, id: string) => {
      const change = revocation(declared(from), id);
      return `${formatRoots(change?.roots ?? [])} ${change?.workloadCa ?? "-"}`;
    };
    expect(text("r1=active", "r1")).toBe("r1=revoked,r2=active w2");
    expect(text("r1=active,r5=next", "r1")).toBe("r1=revoked,r5=active w2");
    expect(text("r1=retired,r2=active", "r1")).toBe("r1=revoked,r2=active -");
    expect(text("r1=active,r2=next", "r2")).toBe("r1=active,r2=revoked -");
  });
});
