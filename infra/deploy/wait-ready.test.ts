import { expect, it } from "vitest";
import { findingOf } from "./findings/finding.ts";
import { hintsFor } from "./hints.ts";
import type { InstallationState } from "./installation-state.ts";
import { describeWaiting, describeWarnings } from "./wait-ready.ts";

const hints = hintsFor({ kind: "local", context: "edge-local" }, "local");
const seen = { subject: "s", occurrence: "s" };
const common = { namespace: "edge-a", seen };
const state = (more: Partial<InstallationState>): InstallationState => ({
  namespace: "edge-a",
  name: "edge-a",
  ready: false,
  components: [],
  findings: [],
  ...more,
});

it("says the cause first and whole, then what it was read from, then the way out", () => {
  const message = `EdgeAgent has refused the manifest: ${"modules.a: wrong. ".repeat(200)}end`;
  const refused = findingOf("manifest-refused", { ...common, message, evidence: "code 400" }, hints);
  const lines = describeWaiting([state({ problem: "EdgeAgent reports 400: modules", findings: [refused] })]);
  expect(lines).toEqual([
    `  edge-a: ${message}`,
    "    seen: code 400",
    "    fix:  Correct the manifest as it says, then deploy it again: npx edgectl up --stack local",
  ]);
});

it("says in what modules have written nothing that a terminal acts on", () => {
  const message = "its last line: \u001b[2J\u202ex";
  const found = findingOf("program-exits", { ...common, component: "m", message, evidence: "" }, hints, { logs: "l" });
  const component = {
    component: "module",
    name: "m",
    ready: false,
    state: "backoff",
    restarts: 1,
    image: "i",
  } as const;
  const lines = describeWaiting([state({ components: [component], findings: [found] })]);
  expect(lines[0]).toBe(String.raw`  edge-a: module m: its last line: \u001b[2J\u202ex`);
});

it("says of what has no known cause what it waits for", () => {
  const component = {
    component: "module",
    name: "m",
    ready: false,
    state: "starting",
    restarts: 0,
    image: "i",
  } as const;
  expect(describeWaiting([state({ components: [{ ...component, reason: "no pod yet" }], problem: "p" })])).toEqual([
    "  edge-a: module m: no pod yet",
    "  edge-a: p",
  ]);
});

it("says of a module that runs on why it is not changed", () => {
  const component = { component: "module", name: "m", ready: true, state: "running", restarts: 0, image: "i" } as const;
  const found = findingOf("image-not-found", { ...common, component: "m", message: "no image", evidence: "" }, hints);
  const lines = describeWaiting([state({ components: [component], findings: [found], problem: "m runs on as it is" })]);
  expect(lines).toEqual([
    "  edge-a: module m: no image",
    expect.stringContaining("fix:  Push the image"),
    "  edge-a: m runs on as it is",
  ]);
});

it("warns once of what was said before the deployment", () => {
  const warning = (message: string) => findingOf("manifest-warning", { ...common, message, evidence: "" }, hints);
  const states = [state({ findings: [warning("modules.a: moves"), warning("modules.b: moves")] })];
  expect(describeWarnings(states, ["installation edge-a: modules.a: moves"]).join("\n")).not.toContain("modules.a");
  expect(describeWarnings(states).join("\n")).toContain("modules.a");
});
