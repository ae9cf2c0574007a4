import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { openDrivers } from "./drivers.ts";
import { planFleet } from "./make-run.ts";
import { planMarkdown } from "./plan-markdown.ts";
import { formatPlan } from "./plan-text.ts";
import { readPins } from "./revision.ts";
import { openRollouts, readFleet } from "./rollouts.ts";

export interface PlanFlags {
  readonly fleet?: string;
  readonly json: boolean;
  /** As a comment for a pull request. */
  readonly markdown?: boolean;
}

/** `edgectl rollout plan`: ends with 1 when a cluster cannot be planned although it answers. */
export async function planCommand(flags: PlanFlags, context: CommandContext): Promise<ExitCode> {
  const { fleet, file } = await readFleet(context, flags.fleet);
  const pins = await readPins(context.projectDirectory, fleet, file);
  await using drivers = await openDrivers(context, openRollouts(context), { run: undefined, git: pins.git });
  const plan = await planFleet(fleet, drivers.driver, context);
  const described = { fleet: fleet.name, ...pins, plan };
  if (flags.json) await context.output.json(described);
  else await context.output.write(flags.markdown ? planMarkdown(described) : `${formatPlan(described)}\n`);
  return plan.unknown?.some(({ outcome }) => outcome === "failed") ? exitCodes.error : exitCodes.done;
}
