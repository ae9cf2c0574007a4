import { badRequest } from "../../http-error.ts";
import { parseTimePoint } from "./time-point.ts";

/** Which part of a log is asked for. */
export interface LogQuery {
  readonly follow: boolean;
  /** The last so many lines; undefined: all. */
  readonly tail: number | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Whether each line begins with its time. */
  readonly timestamps: boolean;
}

export const maxTail = 100_000;
const flags: Readonly<Record<string, boolean>> = { true: true, false: false, "1": true, "0": false };
const count = /^\d{1,9}$/;
const allowed = {
  flag: "true or false",
  tail: `all, or a number up to ${maxTail}`,
  time: "an RFC 3339 time, seconds since the epoch, or a duration such as 90s, 1h 30m or 2 days",
};

/**
 * Reads `follow`, `tail`, `since`, `until` and `timestamps` as clients of IoT Edge send them.
 *
 * @param now milliseconds since the epoch
 * @throws HttpError 400 that names the parameter and what it may be
 */
export function parseLogQuery(parameters: URLSearchParams, now: number): LogQuery {
  const time = (name: string) => read(parameters, name, allowed.time, (text) => parseTimePoint(text, now));
  const flag = (name: string) => readFlag(parameters, name);
  const tail = read(parameters, "tail", allowed.tail, parseTail);
  const since = time("since");
  const until = time("until");
  if (since !== undefined && until !== undefined && since > until) throw badRequest("since is later than until");
  return {
    follow: flag("follow"),
    tail: tail === "all" ? undefined : tail,
    since,
    until,
    timestamps: flag("timestamps"),
  };
}

/** @throws HttpError 400 */
export function readFlag(parameters: URLSearchParams, name: string): boolean {
  const parse = (text: string) => (Object.hasOwn(flags, text) ? flags[text] : undefined);
  return read(parameters, name, allowed.flag, parse) ?? false;
}

function parseTail(text: string): number | "all" | undefined {
  if (text === "all") return "all";
  return count.test(text) && Number(text) <= maxTail ? Number(text) : undefined;
}

/** Undefined when the parameter is missing or empty, which clients send for "not set". */
function read<T>(
  parameters: URLSearchParams,
  name: string,
  expected: string,
  parse: (text: string) => T | undefined,
): T | undefined {
  const values = parameters.getAll(name);
  if (values.length > 1) throw badRequest(`${name} is there more than once`);
  const [text = ""] = values;
  if (text === "") return undefined;
  const value = parse(text);
  if (value === undefined) throw badRequest(`${name} must be ${expected}`);
  return value;
}
