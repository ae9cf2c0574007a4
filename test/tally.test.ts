import { describe, expect, it } from "vitest";
import { tallyOf } from "./tally.ts";

const report = (fields: object) =>
  JSON.stringify({
    success: true,
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    ...fields,
  });

describe("tallyOf", () => {
  it("counts passed, failed and skipped tests", () => {
    const text = report({ success: false, numPassedTests: 3, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 });
    expect(tallyOf(text, 1)).toEqual({ passed: 3, failed: 2, skipped: 2 });
  });
  it("counts a run that failed outside of any test as one failure", () => {
    expect(tallyOf(report({ success: false, numPassedTests: 3 }), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
    expect(tallyOf(report({ numPassedTests: 3 }), 1).failed).toBe(1);
  });
  it("counts a run that left no report as one failure", () => {
    expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
