import { describe, expect, it } from "vitest";
import type { GateSpec } from "../model/gate.ts";
import { schedule } from "./scheduler.ts";
import { failed, Play, unreachable } from "./test/play.ts";
import { sampleGate, sampleRun, sampleWave } from "./test/sample-run.ts";

const canary = sampleWave("canary", ["a"], { canary: true });
const main = sampleWave("main", ["b", "c", "d"], { maxFailures: 1 });
const run = sampleRun([canary, main]);
const by = "ann";

describe("a rollout", () => {
  it("looks at all clusters first, then takes wave after wave", () => {
    expect(schedule(run, []).map(({ id }) => id)).toEqual([
      "preflight/a/1",
      "preflight/b/1",
      "preflight/c/1",
      "preflight/d/1",
    ]);
    const play = new Play(run).go((play) => play.scheduler.state.phase === "running");
    expect(play.listed()).toEqual(["preview a"]);
    play.go(() => play.phases().a === "done");
    expect(play.listed()).toEqual(["preview b", "preview c"]);
    play.go();
    expect(play.scheduler.state.outcome).toBe("complete");
    expect(play.events.filter(({ type }) => type === "applied")).toHaveLength(4);
  });

  it("halts before the second wave when a canary stays unhealthy, and touches nothing else", () => {
    const play = new Play(run, { a: { verify: { healthy: false } } }).go();
    expect(play.scheduler.state).toMatchObject({ phase: "halted", outcome: "halted" });
    expect(play.phases()).toEqual({ a: "failed", b: "pending", c: "pending", d: "pending" });
    expect(play.scheduler.state.clusters.get("a")).toMatchObject({
      failedIn: "verify",
      failure: { code: "EDGE_ROLLOUT_DEADLINE" },
    });
    expect(play.now).toBe(canary.progressDeadlineMs);
  });

  it("takes a cluster that is only previewed out of its turn when the run halts", () => {
    const strict = sampleRun([sampleWave("w", ["a", "b"])]);
    const play = new Play(strict, { a: { apply: failed } });
    play.go(({ scheduler }) => [...scheduler.state.clusters.values()].every(({ phase }) => phase === "previewing"));
    while (play.phases().a !== "failed") {
      const next = play.scheduler.actions().find((action) => "cluster" in action && action.cluster === "a");
      if (next === undefined) break;
      play.perform(next);
    }
    expect(play.scheduler.state.phase).toBe("halted");
    expect(play.phases()).toEqual({ a: "failed", b: "pending" });
    expect(play.listed()).toEqual([]);
    play.answer("a", {});
    play.take({ type: "retried", at: play.now, by, cluster: "a" });
    expect(play.go().scheduler.state.outcome).toBe("complete");
  });

  it("goes on within maxFailures, and ends as partial", () => {
    const play = new Play(run, { c: { apply: failed } }).go();
    expect(play.scheduler.state.outcome).toBe("partial");
    expect(play.phases()).toEqual({ a: "done", b: "done", c: "failed", d: "done" });
  });

  it("looks at health while a cluster bakes, and takes no longer than it has to", () => {
    const baking = sampleRun([sampleWave("w", ["a"], { bakeMs: 25_000 })]);
    const play = new Play(baking).go((play) => play.phases().a === "baking");
    expect(play.scheduler.actions()).toContainEqual(expect.objectContaining({ kind: "pollHealth", notBefore: 10_000 }));
    play.go();
    const polls = play.events.filter((event) => event.type === "healthReported").map(({ at }) => at);
    expect(polls).toEqual([0, 10_000, 20_000, 25_000]);
  });

  it("fails a baking cluster after as many bad looks in a row as the fleet says", () => {
    const baking = sampleRun([sampleWave("w", ["a"], { bakeMs: 60_000 })]);
    const play = new Play(baking, { a: { pollHealth: { healthy: false } } }).go();
    expect(play.scheduler.state.clusters.get("a")).toMatchObject({ phase: "failed", failedIn: "bake" });
    expect(play.now).toBe(20_000);
  });

  it("does not wait for a cluster that cannot be reached while the wave could bear its failure", () => {
    const play = new Play(run, { b: { preview: unreachable } });
    play.go(() => play.scheduler.state.waves[1]?.stage === "passed");
    expect(play.phases()).toEqual({ a: "done", b: "pending", c: "done", d: "done" });
    play.answer("b", {});
    play.go();
    expect(play.scheduler.state.outcome).toBe("complete");
  });

  it("gives an unreachable cluster up at its deadline", () => {
    const play = new Play(run, { b: { apply: unreachable } }).go();
    expect(play.scheduler.state.outcome).toBe("partial");
    expect(play.scheduler.state.clusters.get("b")).toMatchObject({ failedIn: "unreachable" });
    const tries = play.events.filter((event) => event.type === "applied" && event.cluster === "b");
    expect(tries.length).toBeGreaterThan(5);
  });

  it("applies nothing but what the plan showed", () => {
    const play = new Play(run, { a: { preview: { digest: "other" } } }).go();
    expect(play.scheduler.state.clusters.get("a")).toMatchObject({
      failedIn: "preview",
      failure: { code: "EDGE_ROLLOUT_PLAN_CHANGED" },
    });
    expect(play.events.some(({ type }) => type === "applied")).toBe(false);
  });
});

describe("what operators ask for", () => {
  it("pause lets what was begun end, and begins nothing; resume goes on", () => {
    const play = new Play(run).go((play) => play.scheduler.state.clusters.get("b")?.begun === true);
    play.take({ type: "paused", at: play.now, by, reason: "lunch" });
    play.go();
    expect(play.phases()).toEqual({ a: "done", b: "done", c: "pending", d: "pending" });
    expect(play.scheduler.state.phase).toBe("paused");
    play.take({ type: "resumed", at: play.now, by });
    expect(play.go().scheduler.state.outcome).toBe("complete");
  });

  it("abort ends for good, with what was under way marked as failed", () => {
    const play = new Play(run).go((play) => play.scheduler.state.clusters.get("b")?.begun === true);
    play.take({ type: "aborted", at: play.now, by, reason: "enough" });
    play.go();
    expect(play.scheduler.state.outcome).toBe("aborted");
    expect(play.phases()).toEqual({ a: "done", b: "failed", c: "pending", d: "pending" });
    play.take({ type: "resumed", at: play.now, by });
    expect(play.listed()).toEqual([]);
  });

  it("retry lifts a halt", () => {
    const play = new Play(run, { a: { apply: failed } }).go();
    play.answer("a", {});
    play.take({ type: "retried", at: play.now, by, cluster: "a" });
    expect(play.go().scheduler.state.outcome).toBe("complete");
    expect(play.scheduler.state.clusters.get("a")?.attempt).toBe(2);
  });

  it("skip lifts a halt, and the reason is kept", () => {
    const play = new Play(run, { a: { apply: failed } }).go();
    play.take({ type: "skipped", at: play.now, by, cluster: "a", reason: "scrapped" });
    expect(play.go().scheduler.state.outcome).toBe("partial");
    expect(play.scheduler.state.clusters.get("a")).toMatchObject({ phase: "skipped", skippedBecause: "scrapped" });
  });

  it("rollback takes back what was touched, the last first, and nothing else", () => {
    const play = new Play(run, { d: { apply: failed } });
    play.go(() => play.scheduler.state.outcome !== undefined);
    play.take({ type: "rollbackRequested", at: play.now, by, reason: "bad" });
    expect(play.go().scheduler.state.outcome).toBe("rolledBack");
    const order = play.events.flatMap((event) => (event.type === "rolledBack" ? [event.cluster] : []));
    expect(order).toEqual(["d", "c", "b", "a"]);
    expect(new Set(Object.values(play.phases()))).toEqual(new Set(["rolledBack"]));
  });

  it.each([
    ["EDGE_ROLLOUT_NOT_REPORTED", [5_000, 5_000, 5_000]],
    ["EDGE_APPLY_UNREACHABLE", [30_000, 60_000, 120_000]],
  ])("rollback tries again after %s as often as there may be news", (code, waits) => {
    const slow = sampleRun([canary], {
      health: { intervalMs: 5_000, failuresInARow: 2 },
      requeue: { firstMs: 30_000, maxMs: 300_000 },
    });
    const answer = { outcome: "unreachable", failure: { code, message: "not yet", remedy: "" } } as const;
    const play = new Play(slow, { a: { apply: failed, rollback: answer } });
    play.go(() => play.scheduler.state.outcome !== undefined);
    play.take({ type: "rollbackRequested", at: play.now, by, reason: "bad" });
    const tries = () => play.events.flatMap((event) => (event.type === "rolledBack" ? [event.at] : []));
    play.go(() => tries().length > waits.length);
    const [, ...later] = tries();
    expect(later.map((at, index) => at - (tries()[index] ?? 0))).toEqual(waits);
  });

  it("a halt rolls back by itself where the fleet says so", () => {
    const play = new Play(sampleRun([canary, main], { onHalt: "rollback" }), {
      a: { verify: { healthy: false } },
    }).go();
    expect(play.scheduler.state.outcome).toBe("rolledBack");
    expect(play.phases()).toEqual({ a: "rolledBack", b: "pending", c: "pending", d: "pending" });
  });

  it("a lost lock pauses the run, and fails the cluster that was being written", () => {
    const play = new Play(run).go((play) => play.scheduler.state.clusters.get("a")?.begun === true);
    play.take({ type: "lockLost", at: play.now, cluster: "a", holder: "other" });
    expect(play.listed()).toEqual([]);
    expect(play.scheduler.state.clusters.get("a")).toMatchObject({ phase: "failed", failedIn: "lock" });
  });
});

describe("gates", () => {
  const approval: GateSpec = { kind: "approval", name: "ok", approvers: [by], validMs: 60_000, timeoutMs: 600_000 };
  const health: GateSpec = { kind: "health", name: "health", intervalMs: 10_000, timeoutMs: 25_000 };
  const approved = sampleRun([canary, { ...main, before: [sampleGate("main", "before", approval)] }]);
  const checked = sampleRun([{ ...canary, after: [sampleGate("canary", "after", health)] }, main]);
  const isOpen = (play: Play, gate: string) => play.scheduler.state.gates.get(gate)?.status === "open";

  it("wait for an approval by somebody who may give it", () => {
    const play = new Play(approved).go((play) => isOpen(play, "main/before/ok"));
    expect(play.listed()).toEqual([]);
    play.take({ type: "approved", at: play.now, by: "bob", gate: "main/before/ok" });
    expect(play.listed()).toEqual([]);
    play.take({ type: "approved", at: play.now, by, gate: "main/before/ok" });
    expect(play.listed()).toEqual(["preview b", "preview c"]);
  });

  it("pass at once when the approval was given ahead, unless it has expired", () => {
    const early = new Play(approved);
    early.take({ type: "approved", at: 0, by, gate: "main/before/ok" });
    expect(early.go().scheduler.state.outcome).toBe("complete");
    const late = new Play(approved);
    late.take({ type: "approved", at: 0, by, gate: "main/before/ok" });
    late.now = 60_001;
    late.go(() => isOpen(late, "main/before/ok"));
    expect(isOpen(late, "main/before/ok")).toBe(true);
  });

  it("halt the run when they do not pass in time, and are asked again when it is resumed", () => {
    const play = new Play(checked, { "canary/after/health": { gate: failed } }).go();
    expect(play.scheduler.state.halt).toEqual({ kind: "gate", gate: "canary/after/health", evidence: "e" });
    expect(play.events.filter(({ type }) => type === "gateEvaluated")).toHaveLength(3);
    play.answer("canary/after/health", {});
    play.take({ type: "resumed", at: play.now, by });
    expect(play.go().scheduler.state.outcome).toBe("complete");
  });
});

describe("a crash", () => {
  it("repeats what was begun and had not ended, by the same id", () => {
    const play = new Play(run).go((play) => play.scheduler.state.clusters.get("a")?.begun === true);
    const before = play.scheduler.actions().map(({ id }) => id);
    const after = schedule(run, [...play.events, { type: "opened", at: play.now, by, host: "h", pid: 2 }]);
    expect(after.map(({ id }) => id)).toEqual(before);
  });

  it("does not count the time in which nobody looked after the run", () => {
    const baking = sampleRun([sampleWave("w", ["a"], { bakeMs: 60_000 })]);
    const play = new Play(baking).go((play) => play.phases().a === "baking");
    play.now = 3_600_000;
    play.take({ type: "opened", at: play.now, by, host: "h", pid: 2 });
    expect(play.go().scheduler.state.outcome).toBe("complete");
    expect(play.now).toBe(3_660_000);
  });
});
