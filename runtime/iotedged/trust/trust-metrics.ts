import type { TrustRecord } from "#contract";
import type { TrustBundle } from "../certificates/trust-bundle.ts";
import type { Metrics } from "../metrics.ts";

/**
 * Shows the record as metrics.
 *
 * @param options.pods how many pods of modules there are
 * @param options.root the root above the workload CA, as the record writes it; empty where the bundle has none
 */
export function showTrust(options: {
  readonly record: TrustRecord;
  readonly pods: number;
  readonly bundle: TrustBundle;
  readonly root: string;
  readonly metrics: Metrics;
}): void {
  const { record, pods, bundle, root, metrics } = options;
  const known = Object.values(record.pods);
  const told = known.filter((pod) => pod.bundle !== undefined);
  const current = told.filter((pod) => pod.bundle?.hash === bundle.hash).length;
  metrics.trustPods.set({ bundle: "current" }, current);
  metrics.trustPods.set({ bundle: "other" }, told.length - current);
  metrics.trustPods.set({ bundle: "unknown" }, Math.max(0, pods - told.length));
  const leaves = known.flatMap((pod) => pod.leaves);
  const below = leaves.filter((leaf) => leaf.root === root).length;
  metrics.trustCertificates.set({ root: "current" }, below);
  metrics.trustCertificates.set({ root: "other" }, leaves.length - below);
  metrics.trustAnchored.set(root === "" ? 0 : 1);
  for (const kind of ["identity", "server"] as const) {
    const ends = leaves.filter((leaf) => leaf.kind === kind).map(({ notAfter }) => notAfter);
    if (ends.length === 0) metrics.certificateNotAfter.remove({ kind: `module-${kind}` });
    else metrics.certificateNotAfter.set({ kind: `module-${kind}` }, Math.min(...ends) / 1000);
  }
}
