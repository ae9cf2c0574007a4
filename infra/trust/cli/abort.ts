import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { activeRoot, formatRoots } from "../../trust-model/index.ts";
import { trustErrors } from "../errors.ts";
import { abortGoal } from "../goals.ts";
import { nextRootStep } from "../next-step.ts";
import { requireStacks } from "./fleet.ts";
import { checkForce, describeGoals, runStack, type StepFlags } from "./run-stack.ts";
import { type Hold, type StackWorld, stackWorld } from "./world.ts";

/** `edgectl trust abort`: the stacks one after the other, or a fleet in waves. */
export async function abortCommand(flags: StepFlags, context: CommandContext): Promise<ExitCode> {
  checkForce(flags, "abort");
  if (flags.fleet !== undefined) {
    const { changeFleet } = await import("./change-fleet.ts");
    return changeFleet(flags, context, abortOfFleet);
  }
  for (const stack of requireStacks(flags, "abort")) {
    const one = await stackWorld(stack, flags, context);
    const { back } = await waysBack(one);
    if (back.size === 0) {
      const reason = "no installation of it has more than one root in its bundle";
      throw trustErrors.EDGE_TRUST_NO_RETURN({ installation: stack, reason });
    }
    await takeBack(stack, one, flags, context, back);
    await context.output.write(`stack ${stack}: back to ${describeGoals(back)}\n`);
  }
  return exitCodes.done;
}

/** A cluster with nothing to take back is done: it was not begun, or an earlier call has taken it back. */
async function abortOfFleet(stack: string, flags: StepFlags, context: CommandContext, hold: Hold): Promise<string> {
  const one = await stackWorld(stack, flags, context, hold);
  const { back, settled } = await waysBack(one);
  if (back.size > 0) await takeBack(stack, one, flags, context, back);
  return describeGoals(new Map([...back, ...settled]));
}

function takeBack(
  stack: string,
  one: StackWorld,
  flags: StepFlags,
  context: CommandContext,
  goals: ReadonlyMap<string, string>,
): Promise<void> {
  return runStack(stack, one, flags, context, { command: "abort", nextStep: nextRootStep, goals });
}

/**
 * The root that each installation goes back to, and the current root of those that have nothing to take back.
 *
 * @throws EDGE_TRUST_NO_RETURN where the file has dropped the old root, and only the cluster still has it
 */
async function waysBack({ world, open, namespaces }: StackWorld) {
  const back = new Map<string, string>();
  const settled = new Map<string, string>();
  for (const namespace of namespaces) {
    const declared = open.file.installations.get(namespace)?.roots ?? [];
    const deployed = (await world.observe(namespace)).deployed?.roots ?? [];
    const goal = abortGoal(declared, deployed);
    if (goal !== undefined) back.set(namespace, goal);
    else if (abortGoal(deployed, []) === undefined)
      settled.set(namespace, activeRoot(deployed) ?? "no root of its own");
    else {
      const reason = `its stack's file has ${formatRoots(declared)} already, and the cluster ${formatRoots(deployed)}`;
      throw trustErrors.EDGE_TRUST_NO_RETURN({ installation: namespace, reason });
    }
  }
  return { back, settled };
}
