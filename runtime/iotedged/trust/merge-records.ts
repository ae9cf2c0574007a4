import type { PodTrust, TrustLeaf, TrustRecord } from "#contract";

/** Certificates kept of one pod: those that end last. */
export const maxLeaves = 16;

/** Joins what two pods of iotedged know: the later entry wins. */
export function mergeRecords(a: TrustRecord, b: TrustRecord): TrustRecord {
  return { pods: mergeBy(a.pods, b.pods, mergePods), replicas: mergeBy(a.replicas, b.replicas, later) };
}

function mergePods(a: PodTrust, b: PodTrust): PodTrust {
  const bundle = laterOf(a.bundle, b.bundle);
  const fetched = laterOf(a.fetched, b.fetched);
  return {
    name: b.name,
    module: b.module,
    ...(bundle && { bundle }),
    ...(fetched && { fetched }),
    leaves: mergeLeaves([...a.leaves, ...b.leaves]),
  };
}

/** Of each kind and name the certificate that was issued last: a module replaces one by the next. */
export function mergeLeaves(leaves: readonly TrustLeaf[]): TrustLeaf[] {
  const latest = new Map<string, TrustLeaf>();
  for (const leaf of leaves) {
    const key = `${leaf.kind}/${leaf.name}`;
    const known = latest.get(key);
    latest.set(key, known === undefined ? leaf : later(known, leaf));
  }
  const kept = [...latest.values()].sort((a, b) => b.notAfter - a.notAfter).slice(0, maxLeaves);
  return kept.sort((a, b) => compare(`${a.kind}/${a.name}`, `${b.kind}/${b.name}`));
}

function mergeBy<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  merge: (a: T, b: T) => T,
): Record<string, T> {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compare);
  return Object.fromEntries(
    keys.flatMap((key) => {
      const [one, other] = [ownOf(a, key), ownOf(b, key)];
      const value = one === undefined || other === undefined ? (one ?? other) : merge(one, other);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** A record that somebody spoilt may have keys such as `constructor`, which every object inherits. */
function ownOf<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function laterOf<T extends { readonly at: number }>(a: T | undefined, b: T | undefined): T | undefined {
  return a === undefined || b === undefined ? (a ?? b) : later(a, b);
}

/** Of two of the same age always the same one, in either order, so that all pods of iotedged end with one record. */
function later<T extends { readonly at: number }>(a: T, b: T): T {
  if (a.at !== b.at) return a.at > b.at ? a : b;
  return compare(JSON.stringify(a), JSON.stringify(b)) >= 0 ? a : b;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
