import { mapConcurrently } from "#base";
import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { rolloutErrors } from "../errors.ts";
import type { FleetCluster } from "../model/index.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { oneLine } from "../view/describe.ts";
import { openArtifacts, openDrivers } from "./drivers.ts";
import type { PlanFlags } from "./plan.ts";
import { readPins } from "./revision.ts";
import { openRollouts, type Rollouts, readFleet } from "./rollouts.ts";

export interface DriftFlags extends PlanFlags {
  readonly cluster?: readonly string[];
}

/** `edgectl rollout drift`: ends with 8 when something differs, and with 1 when a cluster could not be looked at. */
export async function driftCommand(flags: DriftFlags, context: CommandContext): Promise<ExitCode> {
  const rollouts = openRollouts(context);
  const { fleet, file } = await readFleet(context, flags.fleet);
  const { git } = await readPins(context.projectDirectory, fleet, file);
  const deployed = await deployedByRuns(rollouts);
  const desired = async (cluster: FleetCluster) => {
    const run = deployed.get(cluster.name);
    return run === undefined ? undefined : (await openArtifacts(rollouts, run)).readDesired(cluster.name);
  };
  await using drivers = await openDrivers(context, rollouts, { run: undefined, git, desired });
  const wanted = flags.cluster;
  const unknown = wanted?.find((name) => !fleet.clusters.some((cluster) => cluster.name === name));
  if (unknown !== undefined) {
    const details = { reason: `the fleet has no cluster '${unknown}'`, remedy: "See the fleet file." };
    throw rolloutErrors.EDGE_ROLLOUT_COMMAND_REFUSED({ command: "drift", ...details });
  }
  const clusters = fleet.clusters.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const found = await mapConcurrently(clusters, async (cluster) => ({
    cluster: cluster.name,
    comparedWith: deployed.get(cluster.name) ?? "working tree",
    result: await drivers.driver.drift(cluster, context.signal),
  }));
  if (flags.json) await context.output.json({ clusters: found });
  else await context.output.write(found.map(format).join(""));
  if (found.some(({ result }) => result.outcome !== "ok")) return exitCodes.error;
  const isDrifted = found.some(({ result }) => result.outcome === "ok" && result.changes.length > 0);
  return isDrifted ? exitCodes.drifted : exitCodes.done;
}

/** By cluster, the newest run that has deployed it and was not rolled back. */
async function deployedByRuns({ store }: Rollouts): Promise<ReadonlyMap<string, string>> {
  const deployed = new Map<string, string>();
  for (const id of await store.list()) {
    const { run, events } = await store.read(id);
    for (const { name, phase } of new Scheduler(run, events).state.clusters.values()) {
      if (phase === "done") deployed.set(name, id);
    }
  }
  return deployed;
}

type Found = {
  readonly cluster: string;
  readonly comparedWith: string;
  readonly result: Awaited<ReturnType<Awaited<ReturnType<typeof openDrivers>>["driver"]["drift"]>>;
};

function format({ cluster, comparedWith, result }: Found): string {
  if (result.outcome !== "ok") return `${cluster}: not compared: ${oneLine(result.failure.message)}\n`;
  if (result.changes.length === 0) return `${cluster}: as deployed (${comparedWith})\n`;
  const lines = result.changes.flatMap(({ operation, object, fields }) => [
    `  ${operation === "create" ? "missing" : operation === "delete" ? "not declared" : "changed"}: ${oneLine(object)}`,
    ...fields.map((field) => `      ${oneLine(field)}`),
  ]);
  return `${cluster}: differs from ${comparedWith}\n${lines.join("\n")}\n`;
}
