import type { HaltReason } from "../model/state.ts";
import { type Draft, stop, tell, update } from "./draft.ts";
import { startRollback } from "./rollback.ts";

/** Stops the run from beginning anything new. */
export function halt(draft: Draft, reason: HaltReason): void {
  if (draft.halt !== undefined || draft.abortedBy !== undefined || draft.rollingBack) return;
  draft.halt = reason;
  withdraw(draft);
  tell(draft, "halted", `Rollout ${draft.run.id} is halted: ${describeHalt(reason)}.`);
  if (draft.run.onHalt === "rollback") startRollback(draft, "the run was halted");
}

/** Halts the run when a wave has more failed clusters than its limit. */
export function haltBeyondLimit(draft: Draft): void {
  if (!draft.preflightOver) return;
  const index = firstBeyondLimit(draft);
  const wave = index === undefined ? undefined : draft.run.plan.waves[index];
  if (wave === undefined) return;
  const failed = wave.clusters.filter((name) => draft.clusters.get(name)?.phase === "failed");
  halt(draft, { kind: "failures", wave: wave.name, failed, allowed: wave.maxFailures });
}

/** Index of the first wave with more failed clusters than its limit. */
export function firstBeyondLimit({ run, failed }: Draft): number | undefined {
  const index = run.plan.waves.findIndex(({ maxFailures }, wave) => (failed[wave] ?? 0) > maxFailures);
  return index < 0 ? undefined : index;
}

/** Puts clusters whose apply was not begun back to the front of the queue. */
export function withdraw(draft: Draft): void {
  const names = [...draft.active].filter((name) => draft.clusters.get(name)?.begun === false);
  for (const name of names) {
    stop(draft, name);
    update(draft, name, { phase: "pending" });
  }
  draft.queue.unshift(...names);
}

/** @example "2 of wave first have failed where 1 may: a, b" */
export function describeHalt(reason: HaltReason): string {
  if (reason.kind === "gate") return `gate ${reason.gate} did not pass (${reason.evidence})`;
  const { wave, failed, allowed } = reason;
  return `${failed.length} of wave ${wave} failed where ${allowed} may: ${failed.join(", ")}`;
}
