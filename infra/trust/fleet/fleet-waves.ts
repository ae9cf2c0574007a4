import { type Fleet, type FleetCluster, planWaves } from "../../rollout/index.ts";
import { trustErrors } from "../errors.ts";

/** Clusters of a fleet whose trust changes together, with limits as numbers. */
export interface FleetWave {
  readonly name: string;
  readonly clusters: readonly FleetCluster[];
  /** Clusters that are worked on at the same time. */
  readonly maxConcurrency: number;
  /** Clusters that may fail; one more, and nothing new begins. */
  readonly maxFailures: number;
}

/** A part of a fleet. Absent: all of it. */
export interface FleetSelection {
  /** Names of waves. */
  readonly wave?: readonly string[];
  /** Names of clusters. */
  readonly cluster?: readonly string[];
}

/**
 * The waves of a fleet in their order, less what is not selected.
 *
 * @throws EDGE_TRUST_FLEET for names that the fleet does not have, and for a stack that several clusters share
 */
export function fleetWaves(fleet: Fleet, { wave, cluster }: FleetSelection = {}): readonly FleetWave[] {
  const byName = new Map(fleet.clusters.map((one) => [one.name, one]));
  const planned = planWaves(fleet);
  const names = planned.map(({ name }) => name);
  const inWaves = planned.flatMap(({ clusters }) => clusters);
  requireKnown(fleet, "wave", wave, names);
  requireKnown(fleet, "cluster of a wave", cluster, inWaves);
  requireOwnStacks(
    fleet,
    inWaves.flatMap((name) => byName.get(name) ?? []),
  );
  return planned
    .filter(({ name }) => wave?.includes(name) ?? true)
    .map(({ name, clusters, maxConcurrency, maxFailures }) => ({
      name,
      clusters: clusters.filter((one) => cluster?.includes(one) ?? true).flatMap((one) => byName.get(one) ?? []),
      maxConcurrency,
      maxFailures,
    }))
    .filter(({ clusters }) => clusters.length > 0);
}

function requireKnown(
  { name: fleet }: Fleet,
  what: string,
  wanted: readonly string[] | undefined,
  known: readonly string[],
): void {
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw trustErrors.EDGE_TRUST_FLEET({
    fleet,
    problem: `it has no ${what} '${unknown}'`,
    remedy: `Name one of: ${known.join(", ")}.`,
  });
}

/** Clusters of one stack would have one list of roots, so none could go ahead of the others. */
function requireOwnStacks({ name: fleet }: Fleet, clusters: readonly FleetCluster[]): void {
  const first = new Map<string, string>();
  for (const { name, stack } of clusters) {
    const other = first.get(stack);
    if (other !== undefined) {
      throw trustErrors.EDGE_TRUST_FLEET({
        fleet,
        problem: `clusters ${other} and ${name} share stack ${stack}, so neither can take a step before the other`,
        remedy: "Give each cluster a stack of its own.",
      });
    }
    first.set(stack, name);
  }
}
