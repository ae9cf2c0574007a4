import type { Gate } from "../model/gate.ts";
import type { PlannedWave } from "../model/run.ts";
import type { WaveState } from "../model/state.ts";
import { type Draft, tell } from "./draft.ts";
import { openGate } from "./gates.ts";
import { haltBeyondLimit } from "./halt.ts";
import { isOpen } from "./run-phase.ts";

/** Draws the conclusions of what has happened: ends the preflight, halts, and lets waves follow each other. */
export function advance(draft: Draft): void {
  if (!draft.preflightOver && draft.preflights.length + draft.preflighting.size === 0) draft.preflightOver = true;
  haltBeyondLimit(draft);
  while (draft.preflightOver && isOpen(draft) && advanceWave(draft));
}

/** Takes the current wave one stage further, if it is ready for that. */
function advanceWave(draft: Draft): boolean {
  const wave = draft.run.plan.waves[draft.wave];
  const state = draft.waves[draft.wave];
  if (wave === undefined || state === undefined) return false;
  switch (state.stage) {
    case "before":
      return openGates(draft, wave.before) && beginWave(draft, wave, state);
    case "clusters":
      return isSettled(draft, wave) && setStage(draft, { ...state, stage: "after" });
    case "after":
      return openGates(draft, wave.after) && endWave(draft, state);
    case "passed":
      return false;
  }
}

/** Opens the first gate that was not opened yet. @returns whether all have passed */
function openGates(draft: Draft, gates: readonly Gate[]): boolean {
  for (const gate of gates) {
    if (draft.gates.get(gate.id)?.status === "waiting") openGate(draft, gate);
    if (draft.gates.get(gate.id)?.status !== "passed") return false;
  }
  return true;
}

function beginWave(draft: Draft, wave: PlannedWave, state: WaveState): boolean {
  draft.queue.push(...wave.clusters.filter((name) => draft.clusters.get(name)?.phase === "pending"));
  tell(draft, "waveStarted", `Wave ${wave.name} begins with ${count(wave.clusters.length)}.`, { wave: wave.name });
  return setStage(draft, { ...state, stage: "clusters", startedAt: draft.at });
}

function endWave(draft: Draft, state: WaveState): boolean {
  tell(draft, "wavePassed", `Wave ${state.name} has passed.`, { wave: state.name });
  setStage(draft, { ...state, stage: "passed", endedAt: draft.at });
  draft.wave += 1;
  return true;
}

function setStage(draft: Draft, state: WaveState): true {
  draft.waves[draft.wave] = state;
  return true;
}

/**
 * Whether nothing of the wave is left to wait for. Clusters that cannot be reached are no reason to wait as long as the
 * wave would pass even if all of them failed.
 */
function isSettled(draft: Draft, wave: PlannedWave): boolean {
  let mayFail = draft.failed[draft.wave] ?? 0;
  for (const name of wave.clusters) {
    const cluster = draft.clusters.get(name);
    if (cluster === undefined || ["done", "failed", "skipped"].includes(cluster.phase)) continue;
    if (cluster.unreachable === 0 || draft.active.has(name)) return false;
    mayFail += 1;
  }
  return mayFail <= wave.maxFailures;
}

function count(clusters: number): string {
  return clusters === 1 ? "1 cluster" : `${clusters} clusters`;
}
