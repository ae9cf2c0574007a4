import fc from "fast-check";
import { Value } from "typebox/value";
import { describe, expect, it } from "vitest";
import { HttpError } from "../../http-error.ts";
import { maxTail, parseLogQuery } from "./log-query.ts";
import { parseTimePoint, timePoint } from "./time-point.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const parse = (query: string) => parseLogQuery(new URLSearchParams(query), now);
const hour = 3_600_000;

describe("a point in time", () => {
  it.each([
    ["2026-02-28T00:00:00Z", Date.parse("2026-02-28T00:00:00Z")],
    ["2026-02-28T00:00:00.123456789+01:00", Date.parse("2026-02-27T23:00:00.123Z")],
    ["2026-02-28 00:00:00z", Date.parse("2026-02-28T00:00:00Z")],
    ["0", 0],
    ["1772366400", 1_772_366_400_000],
    ["1h", now - hour],
    ["1h 30m", now - 1.5 * hour],
    ["2 days", now - 48 * hour],
    ["1day12h", now - 36 * hour],
    ["500ms", now - 500],
    ["100 years", 0],
  ])("is read from %j", (text, expected) => {
    expect(parseTimePoint(text, now)).toBe(expected);
  });

  it.each([
    "",
    "yesterday",
    "2026-02-30T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-02-28",
    "2026-02-28T00:00:00",
    "1772366400000",
    "-1h",
    "1.5h",
    "1 fortnight",
    "1h;rm",
    "1 constructor",
    "１h",
    `${"1h".repeat(40)}`,
  ])("is not read from %j", (text) => {
    expect(parseTimePoint(text, now)).toBeUndefined();
  });

  it("of any RFC 3339 time is that time", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }), (date) => {
        expect(parseTimePoint(date.toISOString(), now)).toBe(date.getTime());
      }),
    );
  });

  it("of any duration is never later than now, nor before the epoch", () => {
    const unit = fc.constantFrom("ns", "ms", "s", "min", "hours", "d", "weeks", "M", "y");
    const parts = fc.array(fc.tuple(fc.nat(999_999), unit), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, fc.constantFrom("", " "), (list, space) => {
        const point = parseTimePoint(list.map(([count, name]) => `${count}${space}${name}`).join(space), now);
        expect(point).toBeGreaterThanOrEqual(0);
        expect(point).toBeLessThanOrEqual(now);
      }),
    );
  });

  it("is described by a schema that allows nothing that is not read", () => {
    const schema = timePoint("From when on");
    const text = fc.oneof(
      fc.stringMatching(/^([0-9]{1,9} ?(s|min|hours|d|fortnight|constructor) ?){1,4}$/),
      fc.stringMatching(/^[0-9smhd T:Z+.-]{1,80}$/),
      fc
        .date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
        .map((date) => date.toISOString()),
    );
    let allowed = 0;
    fc.assert(
      fc.property(text, (one) => {
        // Parameters that are whole numbers are no text to a schema.
        const value = /^\d+$/.test(one) ? Number(one) : one;
        if (!Value.Check(schema, value)) return;
        allowed++;
        expect(parseTimePoint(String(value), now)).toBeDefined();
      }),
      { numRuns: 500 },
    );
    expect(allowed).toBeGreaterThan(100);
  });

  it("of any text whatever is a time or nothing, and quickly", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 200 }), fc.stringMatching(/^[0-9smhd T:Z+.-]{0,80}$/)), (text) => {
        const point = parseTimePoint(text, now);
        expect(point === undefined || Number.isFinite(point)).toBe(true);
      }),
    );
  });
});

describe("the query of a log", () => {
  it("asks for all of it when it says nothing", () => {
    const nothing = { follow: false, tail: undefined, since: undefined, until: undefined, timestamps: false };
    expect(parse("api-version=2020-07-07")).toEqual(nothing);
    expect(parse("tail=all&since=&follow=false")).toEqual(nothing);
  });

  it("is read as EdgeAgent and the command iotedge send it", () => {
    expect(parse("follow=true&tail=10&since=1h&until=2026-03-01T11%3A30%3A00Z&timestamps=true")).toEqual({
      follow: true,
      tail: 10,
      since: now - hour,
      until: now - hour / 2,
      timestamps: true,
    });
  });

  it.each([
    ["tail=-1", "tail must be all, or a number"],
    ["tail=ten", "tail must be"],
    [`tail=${maxTail + 1}`, "tail must be"],
    ["follow=yes", "follow must be true or false"],
    ["follow=constructor", "follow must be true or false"],
    ["since=soon", "since must be an RFC 3339 time"],
    ["until=soon", "until must be"],
    ["since=1&since=2", "since is there more than once"],
    ["since=1h&until=2h", "since is later than until"],
  ])("is refused when it says %s", (query, message) => {
    expect(() => parse(query)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(message) }),
    );
  });

  it("leads to a query or to status 400, whatever it says", () => {
    const names = fc.constantFrom("follow", "tail", "since", "until", "timestamps", "other");
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.string({ maxLength: 80 })), { maxLength: 6 }), (pairs) => {
        try {
          const { tail = 0 } = parse(new URLSearchParams(pairs).toString());
          expect(tail).toBeLessThanOrEqual(maxTail);
        } catch (error) {
          expect(error).toBeInstanceOf(HttpError);
          expect((error as HttpError).status).toBe(400);
        }
      }),
    );
  });
});
