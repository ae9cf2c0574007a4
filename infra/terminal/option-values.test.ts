import { expect, test } from "vitest";
import { secondsOf, timeoutOf } from "./option-values.ts";

test("a time of one unit is taken, and nothing else", () => {
  expect(["90s", "15m", "2h", "1d"].map(secondsOf)).toEqual([90, 900, 7200, 86_400]);
  for (const text of ["", "0s", "15", "1h30m", "-1d", "1w", "1234567s"]) expect(() => secondsOf(text)).toThrow("90s");
});

test("takes a plain number of seconds as well where it is how long to wait", () => {
  expect(["90", "0.5", "90s", "5m"].map(timeoutOf)).toEqual([90, 0.5, 90, 300]);
  for (const text of ["", "0", "-1", "1e3", "Infinity", "0s"]) expect(() => timeoutOf(text)).toThrow("90s");
});
