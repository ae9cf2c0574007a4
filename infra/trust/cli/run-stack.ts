import { systemTimer } from "#base";
import { type CommandContext, terminalErrors } from "../../terminal/index.ts";
import type { NextStep, WaitingStep } from "../next-step.ts";
import type { ObservedTrust } from "../observed-trust.ts";
import { type Declared, runRotation } from "../rotation.ts";
import type { ChangeFlags } from "./fleet.ts";
import type { StackWorld } from "./world.ts";

/** Flags of a command that takes steps, and what it does not wait for. */
export interface StepFlags extends ChangeFlags {
  readonly force?: WaitingStep;
}

/** What each installation shall end with, by its namespace. */
export type Goals = ReadonlyMap<string, string>;
export type StepTo = (declared: Declared, observed: ObservedTrust, goal: string, now: number) => NextStep;

/** @throws EDGE_TRUST_BLOCKED, EDGE_TRUST_CONFLICT */
export async function runStack(
  stack: string,
  { world }: StackWorld,
  flags: StepFlags,
  { signal }: CommandContext,
  { command, nextStep, goals }: { readonly command: string; readonly nextStep: StepTo; readonly goals: Goals },
): Promise<void> {
  await runRotation(world, {
    stack,
    command: `edgectl trust ${command}`,
    namespaces: [...goals.keys()],
    nextStep: (declared, observed, now) => nextStep(declared, observed, goals.get(observed.namespace) ?? "", now),
    force: flags.force,
    timeout: flags.timeout,
    timer: systemTimer,
    signal,
  });
}

/** `r2 in edge-a, r3 in edge-b` */
export function describeGoals(goals: Goals): string {
  return [...goals].map(([namespace, goal]) => `${goal} in ${namespace}`).join(", ");
}

/**
 * A forced step leaves its reason behind, and in a fleet it is about clusters that are named.
 *
 * @throws EDGE_CLI_USAGE
 */
export function checkForce({ force, reason, fleet, cluster }: StepFlags, command: string): void {
  const usage = (problem: string) => terminalErrors.EDGE_CLI_USAGE({ problem, command: `trust ${command} ` });
  if ((force === undefined) !== (reason === undefined)) throw usage("--force and --reason go together");
  if (force !== undefined && fleet !== undefined && cluster === undefined) {
    throw usage("--force needs --cluster when it is about a --fleet");
  }
}
