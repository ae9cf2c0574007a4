import type { CommandContext } from "../../cli/command-context.ts";
import { readFleet } from "../../rollout/cli/rollouts.ts";
import { type FleetSelection, type FleetWave, fleetWaves } from "../fleet/fleet-waves.ts";

export interface FleetFlags extends FleetSelection {
  /** True for the project's own file. */
  readonly fleet?: string | true;
}

export interface OpenFleet {
  readonly waves: readonly FleetWave[];
  /** Names of clusters that no wave takes. */
  readonly leftOut: readonly string[];
}

/** @throws EDGE_FLEET_UNREADABLE, EDGE_FLEET_INVALID, EDGE_TRUST_FLEET */
export async function openFleet(flags: FleetFlags, context: CommandContext): Promise<OpenFleet> {
  const { fleet } = await readFleet(context, flags.fleet === true ? undefined : flags.fleet);
  const taken = new Set(fleetWaves(fleet).flatMap(({ clusters }) => clusters.map(({ name }) => name)));
  const leftOut = fleet.clusters.map(({ name }) => name).filter((name) => !taken.has(name));
  return { waves: fleetWaves(fleet, flags), leftOut };
}
