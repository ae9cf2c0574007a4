import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRfc3339, parseRfc3339 } from "./expiration.ts";

describe("parseRfc3339", () => {
  it.each([
    ["2026-03-01T12:30:45Z", "2026-03-01T12:30:45.000Z"],
    ["2026-03-01t12:30:45z", "2026-03-01T12:30:45.000Z"],
    ["2026-03-01 12:30:45.1234567Z", "2026-03-01T12:30:45.123Z"],
    ["2026-03-01T12:30:45+02:00", "2026-03-01T10:30:45.000Z"],
    ["2026-03-01T12:30:45.5-01:30", "2026-03-01T14:00:45.500Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ])("reads %s", (text, expected) => {
    expect(new Date(parseRfc3339(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each([
    "",
    "tomorrow",
    "2026-03-01",
    "2026-03-01T12:30:45",
    "2026-03-01T12:30Z",
    "2026-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:61Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00Z ",
    "Sun, 01 Mar 2026 00:00:00 GMT",
    "1772323200",
  ])("refuses %j", (text) => {
    expect(parseRfc3339(text)).toBeUndefined();
  });

  it("reads every time that it writes, and never answers NaN", () => {
    const time = fc.date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(time, (date) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000;
        expect(parseRfc3339(formatRfc3339(seconds))).toBe(seconds);
        expect(parseRfc3339(date.toISOString())).toBe(date.getTime());
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseRfc3339(text)).not.toBeNaN();
      }),
    );
  });
});
