const milliseconds: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

/** Milliseconds of a duration as the fleet file has it. @example parseDuration("1h30m") // 5_400_000 */
export function parseDuration(text: string): number {
  const parts = text.matchAll(/(\d+)([dhms])/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (milliseconds[unit ?? ""] ?? 0), 0);
}
