import { cliErrors, trustErrors } from "#errors";
import { systemTimer } from "../../apply/wait.ts";
import type { CommandContext, ExitCode } from "../../cli/command-context.ts";
import { abortGoal, rootGoal, workloadCaGoal } from "../goals.ts";
import { type NextStep, nextRootStep, nextWorkloadCaStep, type WaitingStep } from "../next-step.ts";
import type { ObservedTrust } from "../observed-trust.ts";
import { type Declared, runRotation } from "../rotation.ts";
import { type RunFlags, type StackWorld, stackWorld } from "./world.ts";

/** What a rotation leads to, and what it does not wait for. */
export interface GoalFlags extends RunFlags {
  readonly workloadCa?: boolean;
  readonly to?: string;
  readonly force?: WaitingStep;
}

export interface AbortFlags extends GoalFlags {
  readonly stack: readonly string[];
}

export interface RotateFlags extends GoalFlags {
  readonly stack?: readonly string[];
  /** True for the project's own file. */
  readonly fleet?: string | true;
  readonly wave?: readonly string[];
  readonly cluster?: readonly string[];
}

type Goals = ReadonlyMap<string, string>;
type StepTo = (declared: Declared, observed: ObservedTrust, goal: string, now: number) => NextStep;

/** `edgectl trust rotate`: the stacks one after the other, or a fleet in waves. */
export async function rotateCommand(flags: RotateFlags, context: CommandContext): Promise<ExitCode> {
  requireReason(flags);
  if (flags.fleet !== undefined) return (await import("./rotate-fleet.ts")).rotateFleet(flags, context);
  for (const stack of requireStacks(flags)) {
    const reached = await rotateStack(stack, flags, context);
    await context.output.write(`stack ${stack}: ${reached} in use, and nothing else\n`);
  }
  return 0;
}

/**
 * Rotates the installations of one stack together.
 *
 * @returns what is in use then, for people
 * @throws EDGE_TRUST_BLOCKED, EDGE_TRUST_CONFLICT
 */
export async function rotateStack(stack: string, flags: GoalFlags, context: CommandContext): Promise<string> {
  const nextStep: StepTo = flags.workloadCa === true ? nextWorkloadCaStep : nextRootStep;
  const one = await stackWorld(stack, flags, context);
  const goals = await goalsOf(one, flags);
  if (flags.to === undefined) tellHowToGoOn(stack, goals, flags, context);
  await runStack(stack, one, flags, context, { command: "edgectl trust rotate", nextStep, goals });
  return describeGoals(goals);
}

function tellHowToGoOn(stack: string, goals: Goals, flags: GoalFlags, { progress }: CommandContext): void {
  for (const [namespace, goal] of goals) {
    const again = `edgectl trust rotate --stack ${stack} --installation ${namespace} --to ${goal}`;
    const what = flags.workloadCa === true ? " --workload-ca" : "";
    progress.note(`${namespace}: on the way to ${goal}; when cut off, go on by \`${again}${what}\``);
  }
}

function requireStacks({ stack, wave, cluster }: RotateFlags): readonly string[] {
  const usage = (problem: string) => cliErrors.EDGE_CLI_USAGE({ problem, command: "trust rotate " });
  if (wave !== undefined || cluster !== undefined) throw usage("--wave and --cluster are parts of a --fleet");
  if (stack === undefined) throw usage("--stack or --fleet is missing");
  return stack;
}

/** `edgectl trust abort` */
export async function abortCommand(flags: AbortFlags, context: CommandContext): Promise<ExitCode> {
  requireReason(flags);
  for (const stack of flags.stack) {
    const one = await stackWorld(stack, flags, context);
    const goals = new Map<string, string>();
    for (const namespace of one.namespaces) {
      const goal = abortGoal(one.open.file.installations.get(namespace)?.roots ?? []);
      if (goal !== undefined) goals.set(namespace, goal);
    }
    if (goals.size === 0) {
      const reason = "no installation of it has more than one root in its bundle";
      throw trustErrors.EDGE_TRUST_NO_RETURN({ installation: stack, reason });
    }
    await runStack(stack, one, flags, context, { command: "edgectl trust abort", nextStep: nextRootStep, goals });
    await context.output.write(`stack ${stack}: back to ${describeGoals(goals)}\n`);
  }
  return 0;
}

async function runStack(
  stack: string,
  { world }: StackWorld,
  flags: GoalFlags,
  context: CommandContext,
  { command, nextStep, goals }: { readonly command: string; readonly nextStep: StepTo; readonly goals: Goals },
): Promise<void> {
  await runRotation(world, {
    stack,
    command,
    namespaces: [...goals.keys()],
    nextStep: (declared, observed, now) => nextStep(declared, observed, goals.get(observed.namespace) ?? "", now),
    force: flags.force,
    timeout: flags.timeout,
    timer: systemTimer,
    signal: context.signal,
  });
}

async function goalsOf({ world, namespaces }: StackWorld, { to, workloadCa }: GoalFlags): Promise<Goals> {
  const declared = await world.declared();
  const goals = new Map<string, string>();
  for (const namespace of namespaces) {
    const own = declared.get(namespace) ?? { roots: [], workloadCa: "" };
    if (to !== undefined) goals.set(namespace, to);
    else {
      const observed = await world.observe(namespace);
      goals.set(namespace, workloadCa ? workloadCaGoal(own, observed, Date.now()) : rootGoal(own, observed));
    }
  }
  return goals;
}

function describeGoals(goals: Goals): string {
  return [...goals].map(([namespace, goal]) => `${goal} in ${namespace}`).join(", ");
}

function requireReason({ force, reason }: GoalFlags): void {
  if ((force === undefined) === (reason === undefined)) return;
  throw cliErrors.EDGE_CLI_USAGE({ problem: "--force and --reason go together", command: "trust rotate " });
}
