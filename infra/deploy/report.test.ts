import { Check } from "typebox/value";
import { expect, it } from "vitest";
import { findingOf } from "./findings/finding.ts";
import { hintsFor } from "./hints.ts";
import type { InstallationState } from "./installation-state.ts";
import { reportOf, StatusSchema, UpErrorSchema } from "./report.ts";

const hints = hintsFor({ kind: "local", context: "edge-local" }, "local");
const seen = { subject: "s", occurrence: "s", log: { pod: "p", container: "c", previous: true } };
const finding = findingOf(
  "program-exits",
  { namespace: "a", component: "m", message: "ends", evidence: "e", seen },
  hints,
  { logs: "npx edgectl logs m -n a" },
);
const states: readonly InstallationState[] = [
  {
    namespace: "a",
    name: undefined,
    ready: false,
    problem: "EdgeAgent has not reported yet",
    components: [
      {
        component: "iotedged",
        name: "iotedged",
        ready: true,
        state: "running",
        restarts: 0,
        image: "i",
        readySince: "t",
      },
      { component: "module", name: "m", ready: false, state: "backoff", restarts: 3, image: "i", reason: "ends (e)" },
    ],
    findings: [finding],
  },
];

it("of installations follows its schema, and holds nothing that only the waiting needs", () => {
  const installations = reportOf(states);
  expect(Check(StatusSchema, { context: "c", ready: false, installations })).toBe(true);
  expect(Check(StatusSchema, { context: "c", ready: false, installations: states })).toBe(false);
  expect(installations[0]?.findings).toEqual([
    {
      id: "program-exits",
      severity: "error",
      namespace: "a",
      component: "m",
      message: "ends",
      evidence: "e",
      fix: "See its log: npx edgectl logs m -n a",
    },
  ]);
});

it("of a failure follows its schema", () => {
  const { findings } = reportOf(states)[0] ?? {};
  const error = { code: "EDGE_APPLY_FAILED", message: "m", remedy: "r", findings };
  expect(Check(UpErrorSchema, { error })).toBe(true);
  expect(Check(UpErrorSchema, { error: { ...error, findings: [finding] } })).toBe(false);
});
