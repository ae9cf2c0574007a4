import { describe, expect, it } from "vitest";
import type { OperatorEvent } from "../model/event.ts";
import type { GateSpec } from "../model/gate.ts";
import { checkCommand } from "./check-command.ts";
import { failed, Play } from "./test/play.ts";
import { sampleGate, sampleRun, sampleWave } from "./test/sample-run.ts";

const approval: GateSpec = { kind: "approval", name: "ok", approvers: ["ann"], validMs: 60_000, timeoutMs: 600_000 };
const wave = sampleWave("w", ["alpha", "beta"], { after: [sampleGate("w", "after", approval)] });
const run = sampleRun([wave]);

function refusal(play: Play, event: OperatorEvent): string | undefined {
  const error = checkCommand(play.scheduler, event);
  if (error === undefined) return undefined;
  expect(error.code).toBe("EDGE_ROLLOUT_COMMAND_REFUSED");
  const before = JSON.stringify([...play.scheduler.state.clusters.values(), play.scheduler.state.phase]);
  play.scheduler.take(event);
  const after = JSON.stringify([...play.scheduler.state.clusters.values(), play.scheduler.state.phase]);
  expect(after).toBe(before);
  return `${error.message}. ${error.remedy}`;
}

describe("checkCommand", () => {
  const halted = () => new Play(run, { alpha: { apply: failed } }).go();
  const running = () => new Play(run).go((play) => play.phases().alpha === "applying");
  const aborted = () => {
    const play = running();
    play.take({ type: "paused", ...common, reason: "lunch" });
    play.take({ type: "aborted", ...common, reason: "enough" });
    return play.go();
  };
  const common = { at: 0, by: "ann" } as const;

  it.each<[string, () => Play, OperatorEvent, string]>([
    ["a resume of a run that goes on", running, { type: "resumed", ...common }, "neither paused nor halted"],
    ["a resume beyond the limits", halted, { type: "resumed", ...common }, "1 of wave w failed where 0 may: alpha"],
    ["a resume of an aborted run", aborted, { type: "resumed", ...common }, "the run is aborted. Make a new run."],
    ["a pause of a halted run", halted, { type: "paused", ...common, reason: "" }, "the run is halted"],
    ["an unknown cluster", halted, { type: "retried", ...common, cluster: "alpa" }, "Did you mean alpha?"],
    ["a retry of what has not failed", halted, { type: "retried", ...common, cluster: "beta" }, "'retry beta'"],
    [
      "a skip of what is under way",
      running,
      { type: "skipped", ...common, cluster: "alpha", reason: "" },
      "is applying",
    ],
    ["an unknown gate", running, { type: "approved", ...common, gate: "w/after/okk" }, "Did you mean w/after/ok?"],
    ["a stranger's approval", running, { type: "approved", at: 0, by: "bob", gate: "w/after/ok" }, "Ask one of ann."],
  ])("refuses %s, which changes nothing", (_, make, event, text) => {
    expect(refusal(make(), event)).toContain(text);
  });

  it.each<[string, () => Play, OperatorEvent]>([
    ["a pause", running, { type: "paused", ...common, reason: "lunch" }],
    ["an abort", halted, { type: "aborted", ...common, reason: "enough" }],
    ["an approval ahead", running, { type: "approved", ...common, gate: "w/after/ok" }],
    ["a retry of a failed cluster", halted, { type: "retried", ...common, cluster: "alpha" }],
    ["a skip of a failed cluster", halted, { type: "skipped", ...common, cluster: "alpha", reason: "gone" }],
    ["a rollback", halted, { type: "rollbackRequested", ...common, reason: "bad" }],
  ])("lets %s through", (_, make, event) => {
    expect(refusal(make(), event)).toBeUndefined();
  });

  it("refuses a second rollback while the first one goes on", () => {
    const play = halted();
    play.take({ type: "rollbackRequested", ...common, reason: "bad" });
    expect(refusal(play, { type: "rollbackRequested", ...common, reason: "bad" })).toContain("rolling back already");
    expect(refusal(play, { type: "aborted", ...common, reason: "" })).toContain("it is rolling back");
  });
});
