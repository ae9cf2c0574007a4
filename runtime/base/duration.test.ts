import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("durations", () => {
  test.each([
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["7d", 604_800_000],
    ["0s", 0],
  ])("%s is %i ms", (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

  test.each([
    [0, "0s"],
    [400, "0s"],
    [89_600, "1m30s"],
    [90_061_000, "1d1h1m1s"],
  ])("%i ms is shown as %s", (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
});
