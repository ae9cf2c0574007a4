import type { Gate, GateSpec } from "../../model/gate.ts";
import type { PlannedCluster, PlannedWave, Run } from "../../model/run.ts";

/** A wave with what a test says about it. */
export function sampleWave(name: string, clusters: readonly string[], rules: Partial<PlannedWave> = {}): PlannedWave {
  return {
    name,
    canary: false,
    clusters,
    maxConcurrency: 2,
    maxFailures: 0,
    progressDeadlineMs: 600_000,
    bakeMs: 0,
    before: [],
    after: [],
    ...rules,
  };
}

/** A run over these waves. */
export function sampleRun(waves: readonly PlannedWave[], rules: Partial<Run> = {}): Run {
  const clusters = waves.flatMap((wave) => wave.clusters.map((name) => sampleCluster(name, wave.name)));
  return {
    version: 1,
    id: "20261123-021500-0001",
    fleet: "sample",
    createdAt: 0,
    createdBy: "tester",
    git: { revision: "0".repeat(40), dirty: false },
    configHash: "0".repeat(64),
    images: {},
    plan: {
      waves,
      clusters: Object.fromEntries(clusters.map((cluster) => [cluster.name, cluster])),
      groups: [],
      unselected: [],
    },
    health: { intervalMs: 10_000, failuresInARow: 2 },
    requeue: { firstMs: 10_000, maxMs: 60_000 },
    preflightConcurrency: 5,
    onHalt: "wait",
    notify: [],
    ...rules,
  };
}

function sampleCluster(name: string, wave: string): PlannedCluster {
  return { name, stack: name, target: { context: name }, wave, changeDigest: "planned", desiredDigest: "desired" };
}

export function sampleGate(wave: string, when: "before" | "after", spec: GateSpec): Gate {
  return { id: `${wave}/${when}/${spec.name}`, wave, when, spec };
}
