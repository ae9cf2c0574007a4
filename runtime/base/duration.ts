const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** Milliseconds of a text that was checked to be a duration. @example parseDuration("1h30m") // 5_400_000 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+)([dhms])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
}

/** In whole seconds, for people. @example formatDuration(5_400_000) // "1h30m" */
export function formatDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds / 1000) * 1000;
  const parts = Object.entries(units).map(([name, unit]) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count === 0 ? "" : `${count}${name}`;
  });
  return parts.join("") || "0s";
}
