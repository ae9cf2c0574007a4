import { describe, expect, test } from "vitest";
import type { Event } from "../model/index.ts";
import { buildReport } from "../report/build-report.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { sampleGate, sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { describeCluster } from "./describe.ts";
import { createLiveTree } from "./live-tree.ts";
import { createPlainLines } from "./plain-lines.ts";
import { formatTree } from "./tree.ts";

const at = Date.UTC(2026, 10, 23, 2, 15);
const approval = sampleGate("rest", "before", {
  kind: "approval",
  name: "approval",
  approvers: [],
  validMs: 1000,
  timeoutMs: 100_000,
});
const run = sampleRun([
  sampleWave("canary", ["alpha"], { canary: true }),
  sampleWave("rest", ["beta", "gamma"], { before: [approval] }),
]);
const evil = '<script>alert("x")</script>\u001b[2J';
const opened: Event = { type: "opened", by: "alice", host: "here", pid: 1, at };

/** Plays events for whatever the scheduler lists, until nothing of that kind is left. */
function play(results: (cluster: string) => Event[]): { readonly events: Event[]; readonly lines: string[] } {
  const scheduler = new Scheduler(run);
  const lines: string[] = [];
  const show = createPlainLines(run, (line) => lines.push(line));
  const events: Event[] = [];
  const take = (event: Event) => {
    events.push(event);
    scheduler.take(event);
    show(event, scheduler.state);
  };
  take(opened);
  for (let turn = 0; turn < 40; turn += 1) {
    for (const action of scheduler.actions()) {
      if (action.kind === "notify") take({ type: "notified", action: action.id, at });
      if (!("cluster" in action)) continue;
      const { id, cluster, kind } = action;
      if (["preflight", "preview", "apply"].includes(kind)) take({ type: "began", action: id, cluster, at });
      const ended = results(cluster).find(({ type }) => type === endings[kind]);
      if (ended !== undefined) take({ ...ended, action: id, cluster, at } as Event);
    }
  }
  return { events, lines };
}
const endings: Readonly<Record<string, string>> = {
  preflight: "preflighted",
  preview: "previewed",
  apply: "applied",
  verify: "healthReported",
};
const failure = { code: "EDGE_TEST", message: `refused ${evil}`, remedy: "Try again." };
const outcomes = (applied: object): Event[] =>
  [
    { type: "preflighted", result: { outcome: "ok", checks: [] } },
    {
      type: "previewed",
      result: { outcome: "ok", changes: 2, changeDigest: "planned", previous: { file: "f", digest: "d" } },
    },
    { type: "applied", result: applied },
    { type: "healthReported", result: { outcome: "ok", healthy: true, checks: [] } },
  ] as unknown as Event[];

describe("a run for people", () => {
  const good = play(() => outcomes({ outcome: "ok" }));
  const bad = play(() => outcomes({ outcome: "failed", failure }));

  test("plain lines tell each change once, with the time of day", () => {
    expect(good.lines).toContain("02:15:00  taken up by alice on here, process 1");
    expect(good.lines).toContain("02:15:00  alpha: 2 objects change");
    expect(good.lines.filter((line) => line.endsWith("alpha: done"))).toHaveLength(1);
    expect(good.lines).toContain("02:15:00  wave canary: passed");
    expect(good.lines.some((line) => line.includes("gate rest/before/approval: open"))).toBe(true);
    expect(good.lines.filter((line) => line.includes("edgectl rollout approve rest/before/approval"))).toHaveLength(1);
  });

  test("plain lines of a run that is taken up again do not tell what was told before", () => {
    const lines: string[] = [];
    const show = createPlainLines(run, (line) => lines.push(line));
    const again: Event = { ...opened, pid: 2 };
    show(again, new Scheduler(run, [...good.events, again]).state);
    expect(lines).toContain("02:15:00  taken up by alice on here, process 2");
    expect(lines.filter((line) => line.includes("wave canary"))).toEqual([]);
  });

  test("the tree shows waves, clusters, and how to approve", () => {
    const { state } = new Scheduler(run, good.events);
    const tree = formatTree(run, state, { width: 200, clustersPerWave: 1, now: at }).join("\n");
    expect(tree).toContain("✓ canary (canary): passed, 1 of 1 done");
    expect(tree).toContain("and 1 pending");
    expect(tree).toContain(`waits for approval: npx edgectl rollout approve rest/before/approval --run ${run.id}`);
    const narrow = formatTree(run, state, { width: 20, clustersPerWave: 5, now: at });
    expect(Math.max(...narrow.map((line) => line.length))).toBe(20);
  });

  test("a live tree draws over itself, and fits the terminal", () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 60, rows: 4, write: (text: string) => written.push(text) };
    const tree = createLiveTree(run, stream, () => at);
    tree.observe(opened, new Scheduler(run, bad.events).state);
    tree.close();
    expect(written.at(-1)?.trimEnd().split("\n")).toHaveLength(4);
    expect(written.join("")).not.toContain("\u001b[2J");
    // What is printed below it is not drawn over.
    const drawn = written.length;
    tree.close();
    expect(written).toHaveLength(drawn);
    const waiting = createLiveTree(run, stream, () => at);
    waiting.observe(opened, new Scheduler(run, bad.events).state);
    waiting.note("waits for a lock");
    waiting.close();
    expect(written.at(-1)?.trimEnd().split("\n").at(-1)).toBe("waits for a lock");
  });

  test("a cluster that was put off says why, also while it is tried again", () => {
    const locked = play(() => outcomes({ outcome: "unreachable", failure: { ...failure, message: "ann has it" } }));
    expect(locked.lines).toContain("02:15:00  alpha: applying, put off 1 time, next try in 10s: ann has it");
    const cluster = new Scheduler(run, locked.events).state.clusters.get("alpha");
    if (cluster === undefined) throw new Error("alpha is in the run");
    const again = describeCluster({ ...cluster, waitingUntil: undefined }, at);
    expect(again).toBe("applying, tried again after: ann has it");
  });

  test("what clusters say cannot steer a terminal", () => {
    const failed = bad.lines.find((line) => line.includes("alpha: failed in apply"));
    expect(failed).toContain("refused");
    expect(bad.lines.join("")).not.toContain("\u001b");
  });

  test("the report is one file that loads nothing, with all text escaped", () => {
    const page = buildReport(run, bad.events);
    expect(page).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
    expect(page).not.toMatch(/<script|<link|<img|src=|url\(|https?:/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain("halted");
    expect(page).toContain("Try again.");
  });
});
