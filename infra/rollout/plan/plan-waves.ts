import { selectClusters } from "../fleet/select-clusters.ts";
import type { Fleet, Limit, WaveSpec } from "../model/fleet.ts";
import type { Gate, GateSpec } from "../model/gate.ts";
import type { PlannedWave } from "../model/run.ts";

/** The waves of a fleet with their clusters, and limits as numbers. */
export function planWaves({ clusters, strategy }: Fleet): readonly PlannedWave[] {
  const taken = selectClusters(
    strategy.waves.map(({ select }) => select),
    clusters,
  );
  return strategy.waves.map((wave, index) => planWave(wave, taken[index]?.map(({ name }) => name) ?? []));
}

function planWave(wave: WaveSpec, clusters: readonly string[]): PlannedWave {
  const { name, canary, progressDeadlineMs, bakeMs } = wave;
  return {
    name,
    canary,
    clusters,
    // A share of few clusters is less than one, and a wave in which nothing can run would never end.
    maxConcurrency: Math.max(1, numberOf(wave.maxConcurrency, clusters.length)),
    maxFailures: numberOf(wave.maxFailures, clusters.length),
    progressDeadlineMs,
    bakeMs,
    before: gates(name, "before", wave.before),
    after: gates(name, "after", wave.after),
  };
}

function numberOf(limit: Limit, clusters: number): number {
  return "count" in limit ? limit.count : Math.floor((clusters * limit.percent) / 100);
}

function gates(wave: string, when: "before" | "after", specs: readonly GateSpec[]): readonly Gate[] {
  return specs.map((spec) => ({ id: `${wave}/${when}/${spec.name}`, wave, when, spec }));
}
