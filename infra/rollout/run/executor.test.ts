import { describe, expect, test } from "vitest";
import type { Event, Run } from "../model/index.ts";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { execute } from "./executor.ts";
import { FakeFleet, FakeInbox, fakePorts, freeLock, MemoryJournal } from "./test/fakes.ts";

const operator = { by: "alice", host: "here", pid: 1 };
const never = new AbortController().signal;
const polling = { health: { intervalMs: 1, failuresInARow: 1 }, requeue: { firstMs: 1, maxMs: 1 } };

function twoWaves(more: Partial<Run> = {}): Run {
  return sampleRun([sampleWave("canary", ["a"], { canary: true }), sampleWave("rest", ["b", "c"])], {
    ...polling,
    ...more,
  });
}
const typesOf = (events: readonly Event[], cluster: string) =>
  events.filter((event) => "cluster" in event && event.cluster === cluster).map(({ type }) => type);

describe("execute", () => {
  test("carries all waves out, in order, and journals each step before and after", async () => {
    const fleet = new FakeFleet();
    const journal = new MemoryJournal(twoWaves());
    const outcome = await execute(journal, fakePorts(fleet), operator, never);
    expect(outcome).toBe("complete");
    expect([...fleet.revisions]).toEqual([
      ["a", "new"],
      ["b", "new"],
      ["c", "new"],
    ]);
    expect(fleet.calls.indexOf("health a")).toBeLessThan(fleet.calls.indexOf("apply b"));
    const steps = ["began", "preflighted", "began", "previewed", "began", "applied", "healthReported"];
    expect(typesOf(journal.written, "a")).toEqual(steps);
  });

  test("a run whose process ends after any event goes on, and comes to the same end", async () => {
    const whole = new MemoryJournal(twoWaves());
    await execute(whole, fakePorts(new FakeFleet()), operator, never);
    for (let cut = 1; cut < whole.written.length; cut += 1) {
      const fleet = new FakeFleet();
      const crashed = new AbortController();
      const journal = new MemoryJournal(twoWaves());
      const observe = () => void (journal.written.length >= cut && crashed.abort());
      const first = await execute(journal, fakePorts(fleet, { observe }), operator, crashed.signal);
      const outcome = first ?? (await execute(journal, fakePorts(fleet), operator, never));
      expect(outcome, `cut after event ${cut}`).toBe("complete");
      expect(Object.fromEntries(fleet.revisions)).toEqual({ a: "new", b: "new", c: "new" });
      for (const name of ["a", "b", "c"]) {
        expect(
          journal.written.filter(
            ({ type, ...event }) => type === "applied" && "cluster" in event && event.cluster === name,
          ),
        ).toHaveLength(1);
      }
    }
  });

  test("a run that goes on keeps the locks that its process before has left", async () => {
    const journal = new MemoryJournal(twoWaves());
    const kept: string[][] = [];
    const keepAll = (clusters: readonly { name: string }[]) => void kept.push(clusters.map(({ name }) => name));
    const lock = { ...freeLock, keepAll };
    const crashed = new AbortController();
    const observe = () => void (journal.written.length > 3 && crashed.abort());
    await execute(journal, fakePorts(new FakeFleet(), { lock, observe }), operator, crashed.signal);
    expect(kept).toEqual([]);
    await execute(journal, fakePorts(new FakeFleet(), { lock }), operator, never);
    expect(kept).toEqual([["a", "b", "c"]]);
  });

  test("what the signal cuts off is not taken for a failure", async () => {
    const fleet = new FakeFleet();
    fleet.hanging.add("apply/a");
    const journal = new MemoryJournal(twoWaves());
    const controller = new AbortController();
    const observe = (event: Event) => {
      if (event.type === "began" && event.action.startsWith("apply/")) setImmediate(() => controller.abort());
    };
    expect(await execute(journal, fakePorts(fleet, { observe }), operator, controller.signal)).toBeUndefined();
    expect(journal.written.at(-1)?.type).toBe("began");
    fleet.hanging.clear();
    expect(await execute(journal, fakePorts(fleet), operator, never)).toBe("complete");
  });

  test("a canary that does not become healthy halts the run, and a rollback brings it back alone", async () => {
    const fleet = new FakeFleet();
    fleet.unhealthy.add("a");
    const run = sampleRun(
      [sampleWave("canary", ["a"], { canary: true, progressDeadlineMs: 30 }), sampleWave("rest", ["b", "c"])],
      polling,
    );
    const journal = new MemoryJournal(run);
    expect(await execute(journal, fakePorts(fleet), operator, never)).toBe("halted");
    expect(fleet.calls).not.toContain("apply b");
    await journal.append({ type: "rollbackRequested", by: "alice", reason: "bad", at: Date.now() });
    expect(await execute(journal, fakePorts(fleet), operator, never)).toBe("rolledBack");
    expect([...fleet.revisions]).toEqual([["a", "old"]]);
  });

  test("what operators ask for is answered: taken in, or refused with its reason", async () => {
    const fleet = new FakeFleet();
    fleet.hanging.add("apply/a");
    const inbox = new FakeInbox();
    const journal = new MemoryJournal(twoWaves());
    const observe = (event: Event) => {
      if (event.type !== "began" || !event.action.startsWith("apply/")) return;
      inbox.ask({ type: "retried", by: "bob", cluster: "nowhere" });
      inbox.ask({ type: "rollbackRequested", by: "bob", reason: "stop" });
      inbox.ask({ type: "skipped", by: "bob", cluster: "a", reason: "busy" });
    };
    const controller = new AbortController();
    const running = execute(journal, fakePorts(fleet, { inbox, observe }), operator, controller.signal);
    await expect.poll(() => inbox.answers.length, { timeout: 20_000 }).toBe(3);
    controller.abort();
    await running;
    const refusals = inbox.answers.filter((answer) => answer !== undefined);
    expect(refusals).toEqual([expect.stringContaining("nowhere"), expect.stringContaining("skip a")]);
  });

  test("nothing is written to a cluster that another run has locked", async () => {
    const fleet = new FakeFleet();
    let tries = 0;
    const lock = {
      ...freeLock,
      acquire: async () => {
        tries += 1;
        // Lost after the preflight, and free again later.
        if (tries === 1 || tries > 4) return { outcome: "ok" as const, held: true as const };
        return { outcome: "ok" as const, held: false as const, heldBy: "run x" };
      },
    };
    const journal = new MemoryJournal(sampleRun([sampleWave("canary", ["a"])], polling));
    expect(await execute(journal, fakePorts(fleet, { lock }), operator, never)).toBe("complete");
    const first = journal.written.find(({ type }) => type === "applied");
    expect(first).toMatchObject({ result: { outcome: "unreachable", failure: { code: "EDGE_ROLLOUT_LOCKED" } } });
    expect(fleet.calls.filter((call) => call === "apply a")).toHaveLength(1);
  });

  test("a second run over the same fleet stops before it begins", async () => {
    const fleet = new FakeFleet();
    const held = { outcome: "ok", held: false, heldBy: "run x" } as const;
    const lock = { ...freeLock, acquire: async () => held };
    const journal = new MemoryJournal(twoWaves());
    expect(await execute(journal, fakePorts(fleet, { lock }), operator, never)).toBe("halted");
    const first = journal.written.find(({ type }) => type === "preflighted");
    expect(first).toMatchObject({ result: { outcome: "failed", failure: { code: "EDGE_ROLLOUT_LOCKED" } } });
    expect(fleet.calls).toEqual([]);
  });

  test("a defect of a driver ends the run's process, and is not journaled as a failure", async () => {
    const fleet = new FakeFleet();
    fleet.preview = async () => {
      throw new TypeError("boom");
    };
    const journal = new MemoryJournal(twoWaves());
    await expect(execute(journal, fakePorts(fleet), operator, never)).rejects.toThrow("boom");
    expect(journal.written.some(({ type }) => type === "previewed")).toBe(false);
  });
});
