import { clusterOptions } from "../../deploy/index.ts";
import { type CommandContext, commandLine, type ExitCode, exitCodes, terminalErrors } from "../../terminal/index.ts";
import { rootGoal, workloadCaGoal } from "../goals.ts";
import { nextRootStep, nextWorkloadCaStep } from "../next-step.ts";
import { requireStacks } from "./fleet.ts";
import { checkForce, describeGoals, type Goals, runStack, type StepFlags, type StepTo } from "./run-stack.ts";
import { type Hold, type StackWorld, stackWorld } from "./world.ts";

export interface RotateFlags extends StepFlags {
  readonly workloadCa: boolean;
  readonly to?: string;
}

/** `edgectl trust rotate`: the stacks one after the other, or a fleet in waves. */
export async function rotateCommand(flags: RotateFlags, context: CommandContext): Promise<ExitCode> {
  checkForce(flags, "rotate");
  if (flags.fleet !== undefined) return rotateFleet(flags, context);
  for (const stack of requireStacks(flags, "rotate")) {
    const reached = await rotateStack(stack, flags, context);
    await context.output.write(`stack ${stack}: ${reached} in use, and nothing else\n`);
  }
  return exitCodes.done;
}

/** A cluster that is done must be told from one that has not begun: without a goal it would be rotated once more. */
async function rotateFleet(flags: RotateFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.to === undefined) {
    const problem = "--fleet needs --to, such as --to r2: clusters that have it alone are left as they are";
    throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "trust rotate " });
  }
  const { changeFleet } = await import("./change-fleet.ts");
  return changeFleet(flags, context, rotateStack);
}

/**
 * Rotates the installations of one stack together.
 *
 * @returns what is in use then, for people
 * @throws EDGE_TRUST_BLOCKED, EDGE_TRUST_CONFLICT
 */
async function rotateStack(stack: string, flags: RotateFlags, context: CommandContext, hold?: Hold): Promise<string> {
  const nextStep: StepTo = flags.workloadCa ? nextWorkloadCaStep : nextRootStep;
  const one = await stackWorld(stack, flags, context, hold);
  const goals = await goalsOf(one, flags);
  if (flags.to === undefined) noteHowToResume(stack, one, goals, { flags, context });
  await runStack(stack, one, flags, context, { command: "rotate", nextStep, goals });
  return describeGoals(goals);
}

function noteHowToResume(
  stack: string,
  { target }: StackWorld,
  goals: Goals,
  { flags, context }: { readonly flags: RotateFlags; readonly context: CommandContext },
): void {
  for (const [namespace, goal] of goals) {
    const words = ["trust", "rotate", "--stack", stack, "--installation", namespace, "--to", goal];
    const again = commandLine(flags.workloadCa ? [...words, "--workload-ca"] : words, clusterOptions(target));
    context.progress.note(`${namespace}: on the way to ${goal}; when cut off, go on by \`${again}\``);
  }
}

async function goalsOf({ world, namespaces }: StackWorld, { to, workloadCa }: RotateFlags): Promise<Goals> {
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
