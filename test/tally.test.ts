import { describe, expect, it } from "vitest";
import { add, tallyOf } from "./tally.ts";

const report = (fields: object) => JSON.stringify({ passed: 0, failed: 0, skipped: 0, failures: [], ...fields });

describe("tallyOf", () => {
  it("counts passed, failed and skipped tests", () => {
    const fields = { passed: 3, failed: 2, skipped: 2, failures: ["one", "two"] };
    expect(tallyOf(report(fields), 1)).toEqual(fields);
  });
  it("counts a run that failed outside of any test as one failure, and says what happened", () => {
    const unhandled = { passed: 3, failures: ["unhandled read ECONNRESET"] };
    expect(tallyOf(report(unhandled), 1)).toMatchObject({ passed: 3, failed: 1, failures: unhandled.failures });
    expect(tallyOf(report(unhandled), 0).failed).toBe(1);
    expect(tallyOf(report({ passed: 3 }), 1)).toMatchObject({ failed: 1, failures: ["ended with exit code 1"] });
  });
  it("counts a run that left no report as one failure", () => {
    expect(tallyOf(undefined, 0)).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("add", () => {
  it("adds the counts and keeps what every failure said", () => {
    const a = { passed: 1, failed: 1, skipped: 0, failures: ["a"] };
    const b = { passed: 2, failed: 1, skipped: 1, failures: ["b"] };
    expect(add(a, b)).toEqual({ passed: 3, failed: 2, skipped: 1, failures: ["a", "b"] });
  });
});
