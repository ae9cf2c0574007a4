import type { Fleet, RolloutPlan, Run } from "../model/index.ts";

/** What a run pins, as it is in the project now. */
export type Pins = Pick<Run, "git" | "configHash" | "images">;

/** A run as it is kept, of a plan and all that it pins. */
export function runOf(id: string, fleet: Fleet, pins: Pins, plan: RolloutPlan, createdBy: string): Run {
  const { name, strategy, notify } = fleet;
  const { health, requeue, preflightConcurrency, onHalt } = strategy;
  const createdAt = Date.now();
  return {
    version: 1,
    id,
    fleet: name,
    createdAt,
    createdBy,
    ...pins,
    plan,
    health,
    requeue,
    preflightConcurrency,
    onHalt,
    notify,
  };
}
