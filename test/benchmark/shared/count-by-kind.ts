/** How often each is there. */
export function countByKind(failures: readonly string[]): Record<string, number> {
  const kinds = Map.groupBy(failures, (failure) => failure);
  return Object.fromEntries([...kinds].map(([kind, all]) => [kind, all.length]));
}
