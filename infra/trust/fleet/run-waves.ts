import { mapConcurrently } from "#base";
import type { FleetCluster } from "../../rollout/index.ts";
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

/** What is done with a cluster. It fails by throwing. */
export interface ClusterWork {
  /** Before the first wave, for many clusters at the same time. One that fails has failed in its wave. */
  readonly reserve: (cluster: FleetCluster) => Promise<void>;
  /** At the cluster's turn. */
  readonly work: (cluster: FleetCluster) => Promise<void>;
}

/** Clusters that are reserved at the same time. */
const reservations = 20;

/**
 * Works on the waves one after the other, in each on a few clusters at a time. When more clusters of a wave fail than
 * may, nothing new begins; what runs comes to its end. Where already too many cannot be reserved, nothing begins.
 */
export async function runWaves(
  waves: readonly FleetWave[],
  { reserve, work }: ClusterWork,
  signal?: AbortSignal,
): Promise<FleetResult> {
  const refused = await reserveAll(waves, reserve, signal);
  const results: ClusterResult[] = [];
  let halted = waves.some((wave) => failuresOf(beginning(wave, refused)) > wave.maxFailures);
  for (const wave of waves) {
    const ofWave = await runWave(wave, beginning(wave, refused), work, () => halted || signal?.aborted === true);
    results.push(...ofWave);
    halted ||= failuresOf(ofWave) > wave.maxFailures;
  }
  return { clusters: results, halted };
}

/** Why clusters could not be reserved, by their names. */
async function reserveAll(waves: readonly FleetWave[], reserve: ClusterWork["reserve"], signal?: AbortSignal) {
  const refused = new Map<string, unknown>();
  const clusters = waves.flatMap((wave) => wave.clusters);
  const reserveOne = async (cluster: FleetCluster) => {
    await reserve(cluster).catch((error: unknown) => {
      if (signal?.aborted !== true) refused.set(cluster.name, error);
    });
  };
  await mapConcurrently(clusters, reserveOne, reservations);
  return refused;
}

function beginning({ name: wave, clusters }: FleetWave, refused: ReadonlyMap<string, unknown>): ClusterResult[] {
  return clusters.map((cluster) => {
    if (!refused.has(cluster.name)) return { cluster, wave, outcome: "not begun" };
    return { cluster, wave, outcome: "failed", error: refused.get(cluster.name) };
  });
}

async function runWave(
  { name: wave, clusters, maxConcurrency, maxFailures }: FleetWave,
  results: ClusterResult[],
  work: ClusterWork["work"],
  isOver: () => boolean,
): Promise<readonly ClusterResult[]> {
  const entries = clusters.entries();
  const takeTurns = async () => {
    for (const [index, cluster] of entries) {
      if (isOver() || failuresOf(results) > maxFailures) return;
      if (results[index]?.outcome === "failed") continue;
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
