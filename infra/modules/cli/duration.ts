import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a time such as `90s`, `15m`, `2h` or `1d`. */
export function secondsOf(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const value = Number(count) * (units[unit] ?? 0);
  if (value <= 0) throw new InvalidArgumentError("It must be a time such as 90s, 15m, 2h or 1d.");
  return value;
}
