import { say } from "./message.ts";
import type { Healthcheck } from "./module-options.ts";
import { type Field, ObjectReader, textOf } from "./object-reader.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

const nanosPerSecond = 1_000_000_000;
const oneDay = 86_400;
/** Docker's own defaults, in seconds. */
const defaults = { interval: 30, timeout: 30, startInterval: 5, retries: 3 } as const;

/** Reads Docker's `Healthcheck`; undefined when there is none, or when the image's own is turned off. */
export function readHealthcheck(field: Field | undefined, problems: Problems): Healthcheck | undefined {
  const reader = field && ObjectReader.open(field, problems, { ignoreCase: true });
  if (reader === undefined) return undefined;
  const command = readTest(reader, problems);
  const seconds = (key: string, fallback: number) => {
    const nanos = reader.integer(key, 0, oneDay * nanosPerSecond) || undefined;
    return nanos === undefined ? fallback : Math.ceil(nanos / nanosPerSecond);
  };
  const times = {
    interval: seconds("Interval", defaults.interval),
    timeout: seconds("Timeout", defaults.timeout),
    startPeriod: seconds("StartPeriod", 0),
    startInterval: seconds("StartInterval", defaults.startInterval),
    retries: reader.integer("Retries", 0, 1000) || defaults.retries,
  };
  const startInterval = reader.take("StartInterval");
  if (startInterval !== undefined && startInterval.value !== 0 && times.startPeriod === 0) {
    problems.warn(startInterval.path, "has no effect without StartPeriod", "Write a StartPeriod, too.");
  }
  reader.warnOfRest();
  return command && { command, ...times };
}

/** `["CMD", "word", ...]`, `["CMD-SHELL", "line"]`, `["NONE"]` or nothing. */
function readTest(reader: ObjectReader, problems: Problems): readonly string[] | undefined {
  const words = reader.list("Test").map((item) => textOf(item, problems) ?? "");
  const [how, ...rest] = words;
  if (how === undefined || how === "NONE") return undefined;
  if (how === "CMD" && rest.length > 0) return rest;
  if (how === "CMD-SHELL" && rest.length === 1) return ["/bin/sh", "-c", ...rest];
  const path = pathOf(reader.path, "Test");
  problems.error(path, say`${shown(words)} is no health check`, 'Write ["CMD", "program", "argument"] or ["NONE"].');
  return undefined;
}
