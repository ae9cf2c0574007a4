import { type FleetCluster, readFleet } from "../../rollout/index.ts";
import { type CommandContext, type Progress, terminalErrors } from "../../terminal/index.ts";
import { type FleetSelection, type FleetWave, fleetWaves } from "../fleet/fleet-waves.ts";
import type { RunFlags } from "./world.ts";

export interface FleetFlags extends FleetSelection {
  /** True for the project's own file. */
  readonly fleet?: string | true;
}

/** Flags of a command that changes stacks, or the stacks of a fleet. */
export interface ChangeFlags extends FleetFlags, RunFlags {
  readonly stack?: readonly string[];
  /** Of a fleet only. */
  readonly json: boolean;
}

export interface OpenFleet {
  readonly name: string;
  readonly waves: readonly FleetWave[];
  /** Clusters that no wave takes. */
  readonly leftOut: readonly FleetCluster[];
}

/** @throws EDGE_FLEET_UNREADABLE, EDGE_FLEET_INVALID, EDGE_TRUST_FLEET */
export async function openFleet(flags: FleetFlags, context: CommandContext): Promise<OpenFleet> {
  const { fleet } = await readFleet(context, flags.fleet === true ? undefined : flags.fleet);
  const taken = new Set(fleetWaves(fleet).flatMap(({ clusters }) => clusters.map(({ name }) => name)));
  const leftOut = fleet.clusters.filter(({ name }) => !taken.has(name));
  return { name: fleet.name, waves: fleetWaves(fleet, flags), leftOut };
}

/**
 * The stacks of a command that is not about a fleet.
 *
 * @throws EDGE_CLI_USAGE
 */
export function requireStacks({ stack, wave, cluster, json }: ChangeFlags, command: string): readonly string[] {
  const usage = (problem: string) => terminalErrors.EDGE_CLI_USAGE({ problem, command: `trust ${command} ` });
  if (wave !== undefined || cluster !== undefined || json) {
    throw usage("--wave, --cluster and --json are parts of a --fleet");
  }
  if (stack === undefined) throw usage("--stack or --fleet is missing");
  return stack;
}

/** The flags as they hold for one cluster of a fleet. */
export function flagsOf<Flags extends RunFlags>({ target, engine }: FleetCluster, flags: Flags): Flags {
  return { ...flags, ...target, ...(engine !== undefined && { engine }) };
}

/** Several clusters at a time share one terminal: lines that stay, each with the cluster's name. */
export function contextOf({ name }: FleetCluster, context: CommandContext): CommandContext {
  const note = (line: string) => context.progress.note(`${name}: ${line}`);
  const step: Progress["step"] = (title, action) => {
    note(title);
    return action(() => {});
  };
  return { ...context, progress: { note, step } };
}
