import { expect, test } from "vitest";
import type { ClusterState, Event } from "../model/index.ts";
import { failed, Play } from "../scheduler/test/play.ts";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { buildReport } from "./build-report.ts";
import { commonFailures } from "./failures.ts";
import { spansOf } from "./spans.ts";

const start = Date.UTC(2026, 10, 23, 2, 15);
const run = sampleRun([sampleWave("canary", ["lab"]), sampleWave("rest", ["linz-1", "lyon-1"], { maxFailures: 1 })], {
  createdAt: start,
});
const events = new Play(run, { "linz-1": { apply: failed }, "lyon-1": { apply: failed } })
  .go()
  .events.map((event, index): Event => ({ ...event, at: start + index * 1000 }));

test("spans tell from the first event to the last in which stage a cluster was", () => {
  const spans = spansOf(run, events);
  const stages = (name: string) => spans.get(name)?.map(({ stage }) => stage);
  expect(stages("lab")).toEqual(["preflight", "previewing", "applying", "verifying", "done"]);
  expect(stages("linz-1")).toEqual(["preflight", "previewing", "applying", "failed"]);
  for (const all of spans.values()) {
    expect(all.at(-1)?.to).toBe(events.at(-1)?.at);
    for (const [index, { from, to, stage }] of all.entries()) {
      expect(to).toBeGreaterThanOrEqual(from);
      if (index > 1 && stage !== "preflight") expect(from).toBe(all[index - 1]?.to);
    }
  }
});

function cluster(name: string, message: string, code = "EDGE_X"): ClusterState {
  return {
    name,
    phase: "failed",
    failedIn: "verify",
    failure: { code, message, remedy: "Try again." },
  } as ClusterState;
}

test("the same failure is told once, with all clusters that have it", () => {
  const pod = (name: string, hash: string) =>
    `cluster ${name} was still verifying after 20s: pod iotedged-${hash}: ImagePullBackOff`;
  const found = commonFailures([
    cluster("linz-1", pod("linz-1", "86967dd888-h78l5")),
    cluster("linz-10", pod("linz-10", "5f4c9d7b6d-x2x4z")),
    cluster("lyon-1", "another reason"),
    cluster("rome-1", "another reason", "EDGE_Y"),
  ]);
  expect(found.map(({ clusters }) => clusters)).toEqual([["linz-1", "linz-10"], ["lyon-1"], ["rome-1"]]);
  expect(found[0]?.message).toContain("86967dd888-h78l5");
});

test("a cluster's name counts as a whole word, whatever is in it", () => {
  const found = commonFailures([
    cluster("a.b", "a.b failed"),
    cluster("axb", "axb failed"),
    cluster("a", "cat failed"),
  ]);
  expect(found.map(({ clusters }) => clusters)).toEqual([["a.b", "axb"], ["a"]]);
});

test("the page has the failure once above its timeline, and its only style by its hash", () => {
  const page = buildReport(run, events);
  const body = page.slice(page.indexOf("<body>"), page.indexOf("<h2>What happened"));
  expect(body.match(/it went wrong/g)).toHaveLength(1);
  expect(body).toContain("✗ 2 clusters in apply:</strong> linz-1, lyon-1");
  expect(body).toContain('aria-label="linz-1: preflight 1s, previewing');
  expect(page.replaceAll("&#39;", "'")).toMatch(/content="default-src 'none'; style-src 'sha256-[\w+/=]+'"/);
  expect(page).not.toContain("style=");
});

test("what a cluster says again and again stands in the page once, with how often", () => {
  const unhealthy = {
    outcome: "ok",
    healthy: false,
    checks: [{ id: "a", severity: "error", message: "not yet", evidence: "", fix: "" }],
  };
  const health = { type: "healthReported", action: "verify/lab/1", cluster: "lab", result: unhealthy } as const;
  const again = [1, 2, 3].map((second) => ({ ...health, at: start + second * 1000 }) as Event);
  const page = buildReport(run, [events[0] as Event, ...again]);
  expect(page.match(/lab: not healthy/g)).toHaveLength(1);
  expect(page).toContain("(3 times)");
});
