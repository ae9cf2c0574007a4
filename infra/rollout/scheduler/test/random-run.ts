import type { GateSpec } from "../../model/gate.ts";
import type { PlannedWave, Run } from "../../model/run.ts";
import type { Random } from "./random.ts";
import { sampleGate, sampleRun, sampleWave } from "./sample-run.ts";

const seconds = 1000;

/** A run of up to that many clusters with any strategy. */
export function randomRun(random: Random, maxClusters: number): Run {
  const count = random.between(1, maxClusters);
  const names = Array.from({ length: count }, (_, index) => `c${index}`);
  const waves: PlannedWave[] = [];
  let taken = 0;
  while (taken < count) {
    const size = random.between(1, waves.length === 0 ? Math.min(3, count) : count - taken);
    waves.push(randomWave(random, waves.length, names.slice(taken, taken + size)));
    taken += size;
  }
  return sampleRun(waves, {
    onHalt: random.chance(0.2) ? "rollback" : "wait",
    health: { intervalMs: random.between(5, 30) * seconds, failuresInARow: random.between(1, 3) },
    requeue: { firstMs: random.between(5, 20) * seconds, maxMs: random.between(20, 90) * seconds },
    preflightConcurrency: random.between(1, 30),
  });
}

function randomWave(random: Random, index: number, clusters: readonly string[]): PlannedWave {
  const name = `w${index}`;
  const canary = index === 0 && random.chance(0.7);
  return sampleWave(name, clusters, {
    canary,
    maxConcurrency: random.between(1, Math.max(1, Math.min(50, clusters.length))),
    maxFailures: canary || random.chance(0.3) ? 0 : random.between(0, clusters.length),
    progressDeadlineMs: random.between(100, 900) * seconds,
    bakeMs: random.chance(0.5) ? 0 : random.between(1, 120) * seconds,
    before: randomGates(random, name, "before"),
    after: randomGates(random, name, "after"),
  });
}

function randomGates(random: Random, wave: string, when: "before" | "after") {
  const specs: GateSpec[] = [];
  const timing = { intervalMs: 10 * seconds, timeoutMs: random.between(20, 100) * seconds };
  if (random.chance(0.15)) specs.push({ kind: "health", name: "health", ...timing });
  if (random.chance(0.1)) {
    specs.push({ kind: "approval", name: "ok", approvers: ["ann"], validMs: 600 * seconds, timeoutMs: 900 * seconds });
  }
  return specs.map((spec) => sampleGate(wave, when, spec));
}
