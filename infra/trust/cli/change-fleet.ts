import type { FleetCluster } from "../../rollout/index.ts";
import {
  type CommandContext,
  type ExitCode,
  exitCodes,
  failureOf,
  formatTable,
  reportError,
} from "../../terminal/index.ts";
import { type ClusterResult, type FleetResult, runWaves } from "../fleet/run-waves.ts";
import { contextOf, flagsOf, openFleet } from "./fleet.ts";
import { withFleetLocks } from "./fleet-locks.ts";
import type { StepFlags } from "./run-stack.ts";
import type { Hold } from "./world.ts";

/** Changes the trust of one stack, and tells for people what is in use then. */
type ChangeStack<Flags> = (stack: string, flags: Flags, context: CommandContext, hold: Hold) => Promise<string>;

/**
 * Takes each cluster of a fleet through the steps by itself, wave by wave, with the limits that the fleet file gives to
 * its waves, and under the locks of rollouts. Only its locks are stored: how far a cluster is follows
 * from its stack's file and from the cluster, so the same command goes on after a crash.
 */
export async function changeFleet<Flags extends StepFlags>(
  flags: Flags,
  context: CommandContext,
  change: ChangeStack<Flags>,
): Promise<ExitCode> {
  const { waves, leftOut } = await openFleet(flags, context);
  for (const { name } of leftOut) context.progress.note(`${name}: in no wave, left as it is`);
  const clusters = waves.flatMap((wave) => wave.clusters);
  const reached = new Map<string, string>();
  const { run, ...result } = await withFleetLocks(clusters, context, async ({ run, hold, reserve }) => {
    const work = async (cluster: FleetCluster) => {
      const own = contextOf(cluster, context);
      try {
        await hold(cluster);
        const inUse = await change(cluster.stack, flagsOf(cluster, flags), own, () => hold(cluster));
        reached.set(cluster.name, inUse);
        own.progress.note(`${inUse} in use, and nothing else`);
      } catch (error) {
        own.progress.note("failed");
        throw error;
      }
    };
    return { run, ...(await runWaves(waves, { reserve, work }, context.signal)) };
  });
  if (flags.json) await context.output.json(asJson(run, result, reached));
  else await context.output.write(formatResult(result, reached));
  context.signal.throwIfAborted();
  if (result.halted) return exitCodes.halted;
  return result.clusters.some(({ outcome }) => outcome === "failed") ? exitCodes.partial : exitCodes.done;
}

type Reached = ReadonlyMap<string, string>;

/** What docs/trust.md promises. */
function asJson(run: string, { clusters, halted }: FleetResult, reached: Reached): object {
  return { run, halted, clusters: clusters.map((one) => clusterAsJson(one, reached)) };
}

function clusterAsJson({ cluster: { name }, wave, outcome, error }: ClusterResult, reached: Reached): object {
  const failure = outcome === "failed" ? failureOf(error) : undefined;
  return { cluster: name, wave, outcome, inUse: reached.get(name), failure };
}

function formatResult({ clusters }: FleetResult, reached: Reached): string {
  const rows = clusters.map(({ cluster: { name }, wave, outcome }) => [name, wave, outcome, reached.get(name) ?? ""]);
  const failures = clusters
    .filter(({ outcome }) => outcome === "failed")
    .map(({ cluster: { name }, error }) => `\n${name}: ${reportError(error, { json: false, debug: false }).text}`);
  return `${formatTable(["CLUSTER", "WAVE", "RESULT", "IN USE"], rows)}${failures.join("")}`;
}
