import Type from "typebox";

/** Longer texts name no time that anybody means. */
const maxLength = 64;
/** The year 2286: later seconds are a mistake, such as milliseconds. */
const maxSeconds = 9_999_999_999;
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
const seconds = /^\d{1,10}$/;
const duration = /^(\d{1,9}\s*[A-Za-z]+\s*)+$/;
const part = /(\d{1,9})\s*([A-Za-z]+)/g;

/** Units of durations with their milliseconds, as the security daemon of IoT Edge reads them. `M` is a month. */
const units: Readonly<Record<string, number>> = {
  ...named(["nsec", "ns"], 1e-6),
  ...named(["usec", "us"], 1e-3),
  ...named(["millis", "msec", "ms"], 1),
  ...named(["seconds", "second", "sec", "secs", "s"], 1000),
  ...named(["minutes", "minute", "min", "mins", "m"], 60_000),
  ...named(["hours", "hour", "hr", "hrs", "h"], 3_600_000),
  ...named(["days", "day", "d"], 86_400_000),
  ...named(["weeks", "week", "w"], 7 * 86_400_000),
  ...named(["months", "month", "M"], 2_630_016_000),
  ...named(["years", "year", "y"], 31_557_600_000),
};

/** What {@link parseTimePoint} reads. */
export function timePoint(description: string) {
  const anyUnit = Object.keys(units).join("|");
  return Type.Unsafe<string>({
    description: `${description}: an RFC 3339 time, seconds since the epoch, or how long ago, such as \`1h 30m\`.`,
    anyOf: [
      { type: "string", format: "date-time" },
      { type: "integer", format: "int64", minimum: 0, maximum: maxSeconds },
      // Clients send an empty value for "not set".
      { type: "string", maxLength: 0 },
      { type: "string", maxLength, pattern: `^([0-9]{1,9} *(${anyUnit}) *)+$` },
    ],
  });
}

/**
 * Reads a point in time as clients of IoT Edge write it: RFC 3339, whole seconds since the epoch, or how long ago
 * (`90s`, `1h 30m`, `2 days`).
 *
 * @param now milliseconds since the epoch, from which durations count
 * @returns milliseconds since the epoch; undefined when the text is none of these
 */
export function parseTimePoint(text: string, now: number): number | undefined {
  if (text.length > maxLength) return undefined;
  if (seconds.test(text)) return Number(text) <= maxSeconds ? Number(text) * 1000 : undefined;
  if (rfc3339.test(text)) return parseDate(text);
  return duration.test(text) ? ago(text, now) : undefined;
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function parseDate(text: string): number | undefined {
  const date = Date.parse(text.replace(" ", "T").toUpperCase());
  const day = Number(text.slice(8, 10));
  const ofMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, day)).getUTCDate();
  return Number.isNaN(date) || ofMonth !== day ? undefined : date;
}

function ago(text: string, now: number): number | undefined {
  let total = 0;
  for (const [, count, unit = ""] of text.matchAll(part)) {
    const length = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (length === undefined) return undefined;
    total += Number(count) * length;
  }
  return total > now ? 0 : Math.round(now - total);
}

function named(names: readonly string[], milliseconds: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, milliseconds]));
}
