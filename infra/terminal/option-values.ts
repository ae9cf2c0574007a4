import { InvalidArgumentError } from "commander";
import { parseDuration } from "#base";

/** Seconds of a time such as `90s`, `15m`, `2h` or `1d`. */
export function secondsOf(text: string): number {
  const seconds = /^\d{1,6}[smhd]$/.test(text) ? parseDuration(text) / 1000 : 0;
  if (seconds <= 0) throw new InvalidArgumentError("It must be a time such as 90s, 15m, 2h or 1d.");
  return seconds;
}

/** Seconds of how long to wait: a plain number is one of seconds. */
export function timeoutOf(text: string): number {
  return /^\d{1,6}(\.\d{1,3})?$/.test(text) && Number(text) > 0 ? Number(text) : secondsOf(text);
}
