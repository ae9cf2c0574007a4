import type { WaitAction } from "../model/action.ts";
import type { GateEvaluated } from "../model/event.ts";
import type { Gate } from "../model/gate.ts";
import type { GateState } from "../model/state.ts";
import { type Draft, tell } from "./draft.ts";
import { halt } from "./halt.ts";
import { isOpen } from "./run-phase.ts";

/** The gate of that id in the run's plan. */
export function gateOf(draft: Draft, id: string) {
  for (const { before, after } of draft.run.plan.waves) {
    const found = before.find((gate) => gate.id === id) ?? after.find((gate) => gate.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The time by which somebody must have approved. */
export function approvalTimer(draft: Draft, { id, status, openedAt }: GateState): WaitAction | undefined {
  const spec = gateOf(draft, id)?.spec;
  if (status !== "open" || openedAt === undefined || spec?.kind !== "approval") return undefined;
  const until = openedAt + spec.timeoutMs;
  return { kind: "wait", id: `approval/${id}/${until}`, until, reason: "approval", subject: id };
}

/** Id of a gate's next evaluation. */
export function gateActionId({ id, attempt }: GateState): string {
  return `gate/${id}/${attempt}`;
}

/** What a gate saw while the run was paused does not count: it is asked again after that. */
export function reduceGate(draft: Draft, event: GateEvaluated): void {
  const state = draft.gates.get(event.gate);
  const gate = gateOf(draft, event.gate);
  if (state?.status !== "open" || gate === undefined || gate.spec.kind === "approval") return;
  if (gateActionId(state) !== event.action || !isOpen(draft)) return;
  const { passed, evidence } = event.report;
  const { openedAt = draft.at, attempt } = state;
  if (passed) {
    draft.gates.set(state.id, { ...state, status: "passed", evidence });
    return;
  }
  const nextAttemptAt = draft.at + gate.spec.intervalMs;
  if (nextAttemptAt > openedAt + gate.spec.timeoutMs) {
    failGate(draft, state, evidence);
    return;
  }
  draft.gates.set(state.id, { ...state, attempt: attempt + 1, nextAttemptAt, evidence });
}

export function failGate(draft: Draft, state: GateState, evidence: string): void {
  draft.gates.set(state.id, { ...state, status: "failed", evidence });
  halt(draft, { kind: "gate", gate: state.id, evidence });
}

/** From now on the gate is evaluated; one that was approved ahead passes at once. */
export function openGate(draft: Draft, gate: Gate): void {
  const state = draft.gates.get(gate.id);
  if (state === undefined) return;
  const { approval } = state;
  if (approval !== undefined && draft.at <= approval.expiresAt) {
    draft.gates.set(gate.id, {
      ...state,
      status: "passed",
      openedAt: draft.at,
      evidence: `approved by ${approval.by}`,
    });
    return;
  }
  draft.gates.set(gate.id, { ...state, status: "open", openedAt: draft.at, nextAttemptAt: draft.at });
  if (gate.spec.kind !== "approval") return;
  const text = `Wave ${gate.wave} waits for an approval ${gate.when} it.`;
  tell(draft, "approvalNeeded", text, { gate: gate.id, wave: gate.wave });
}
