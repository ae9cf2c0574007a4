import { cliErrors } from "#errors";
import type { CommandContext, ExitCode } from "../../cli/command-context.ts";
import type { Progress } from "../../cli/progress.ts";
import { reportError } from "../../cli/report-error.ts";
import { formatTable } from "../../cli/table.ts";
import type { FleetCluster } from "../../rollout/model/fleet.ts";
import { type ClusterResult, runWaves } from "../fleet/run-waves.ts";
import { openFleet } from "./fleet.ts";
import { type RotateFlags, rotateStack } from "./rotate.ts";

/** The numbers of `edgectl rollout`. */
const haltedCode: ExitCode = 3;
const partialCode: ExitCode = 4;

/**
 * `edgectl trust rotate --fleet`: each cluster goes through the steps by itself, wave by wave, with the limits that the
 * fleet file gives to its waves. Nothing is kept of the run: how far a cluster is follows from its stack's file and from
 * the cluster, so the same command goes on after a crash.
 */
export async function rotateFleet(flags: RotateFlags, context: CommandContext): Promise<ExitCode> {
  const goal = requireGoal(flags);
  const { waves, leftOut } = await openFleet(flags, context);
  for (const name of leftOut) context.progress.note(`${name}: in no wave, left as it is`);
  const reached = new Map<string, string>();
  const work = async (cluster: FleetCluster) => {
    const { name, stack, target, engine = flags.engine } = cluster;
    const progress = progressOf(name, context.progress);
    const own = { ...flags, ...target, ...(engine !== undefined && { engine }) };
    try {
      reached.set(name, await rotateStack(stack, own, { ...context, progress }));
      progress.note(`${goal} in use, and nothing else`);
    } catch (error) {
      progress.note("failed");
      throw error;
    }
  };
  const { clusters, halted } = await runWaves(waves, work, context.signal);
  await context.output.write(formatResults(clusters, reached));
  context.signal.throwIfAborted();
  if (halted) return haltedCode;
  return clusters.some(({ outcome }) => outcome === "failed") ? partialCode : 0;
}

/** A cluster that is done must be told from one that has not begun: without a goal it would be rotated once more. */
function requireGoal({ to, force, cluster }: RotateFlags): string {
  const usage = (problem: string) => cliErrors.EDGE_CLI_USAGE({ problem, command: "trust rotate " });
  if (to === undefined)
    throw usage("--fleet needs --to, such as --to r2: clusters that have it alone are left as they are");
  if (force !== undefined && cluster === undefined) throw usage("--force needs --cluster when it is about a --fleet");
  return to;
}

function formatResults(results: readonly ClusterResult[], reached: ReadonlyMap<string, string>): string {
  const rows = results.map(({ cluster: { name }, wave, outcome }) => [name, wave, outcome, reached.get(name) ?? ""]);
  const failures = results
    .filter(({ outcome }) => outcome === "failed")
    .map(({ cluster: { name }, error }) => `\n${name}: ${reportError(error, { json: false, debug: false }).text}`);
  return `${formatTable(["CLUSTER", "WAVE", "RESULT", "IN USE"], rows)}${failures.join("")}`;
}

/** Several clusters at a time share one terminal: lines that stay, each with the cluster's name. */
function progressOf(name: string, { note }: Progress): Progress {
  const tell = (line: string) => note(`${name}: ${line}`);
  return {
    note: tell,
    step: (title, action) => {
      tell(title);
      return action(() => {});
    },
  };
}
