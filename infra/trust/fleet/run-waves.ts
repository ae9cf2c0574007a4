import type { FleetCluster } from "../../rollout/model/fleet.ts";
import type { FleetWave } from "./fleet-waves.ts";

/** What came of one cluster. */
export interface ClusterResult {
  readonly cluster: FleetCluster;
  readonly wave: string;
  readonly outcome: "done" | "failed" | "not begun";
  /** Why it failed. */
  readonly error?: unknown;
}

export interface FleetResult {
  /** All clusters, in their order. */
  readonly clusters: readonly ClusterResult[];
  /** Whether more have failed than may. */
  readonly halted: boolean;
}

/**
 * Works on the waves one after the other, in each on a few clusters at a time. When more clusters of a wave fail than
 * may, nothing new begins; what runs comes to its end.
 *
 * @param work the work on one cluster; it fails by throwing
 */
export async function runWaves(
  waves: readonly FleetWave[],
  work: (cluster: FleetCluster) => Promise<void>,
  signal?: AbortSignal,
): Promise<FleetResult> {
  const results: ClusterResult[] = [];
  let halted = false;
  for (const wave of waves) {
    const ofWave = await runWave(wave, work, () => halted || signal?.aborted === true);
    results.push(...ofWave);
    halted ||= failuresOf(ofWave) > wave.maxFailures;
  }
  return { clusters: results, halted };
}

async function runWave(
  { name: wave, clusters, maxConcurrency, maxFailures }: FleetWave,
  work: (cluster: FleetCluster) => Promise<void>,
  isOver: () => boolean,
): Promise<readonly ClusterResult[]> {
  const results = clusters.map((cluster): ClusterResult => ({ cluster, wave, outcome: "not begun" }));
  const entries = clusters.entries();
  const takeTurns = async () => {
    for (const [index, cluster] of entries) {
      if (isOver() || failuresOf(results) > maxFailures) return;
      results[index] = await work(cluster).then(
        () => ({ cluster, wave, outcome: "done" }),
        (error: unknown) => ({ cluster, wave, outcome: "failed", error }),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxConcurrency, clusters.length) }, takeTurns));
  return results;
}

function failuresOf(results: readonly ClusterResult[]): number {
  return results.filter(({ outcome }) => outcome === "failed").length;
}
