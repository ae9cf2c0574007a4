import type { Gauge } from "prom-client";
import type { TrustLeaf, TrustRecord } from "#contract";
import type { TrustBundle } from "../certificates/trust-bundle.ts";
import { warnFrom } from "../expiry-notices.ts";
import type { Metrics } from "../metrics.ts";
import { shortestToldLife } from "./module-certificate-notices.ts";

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
  for (const kind of ["identity", "server"] as const) {
    const own = leaves.filter((leaf) => leaf.kind === kind);
    const told = own.filter(({ at, notAfter }) => notAfter - at >= shortestToldLife);
    showFirst(metrics.certificateNotAfter, `module-${kind}`, own.map(endOf));
    showFirst(metrics.certificateRenewalDue, `module-${kind}`, told.map(dueOf));
  }
}

const endOf = ({ notAfter }: TrustLeaf) => notAfter;
const dueOf = ({ at, notAfter }: TrustLeaf) => at + warnFrom * (notAfter - at);

/** @param times milliseconds since the epoch */
function showFirst(gauge: Gauge<"kind">, kind: string, times: readonly number[]): void {
  if (times.length === 0) gauge.remove({ kind });
  else gauge.set({ kind }, Math.min(...times) / 1000);
}
