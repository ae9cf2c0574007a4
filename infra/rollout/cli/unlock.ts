import { mapConcurrently } from "#base";
import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { rolloutErrors } from "../errors.ts";
import { unknownRun } from "../journal/journal-store.ts";
import { type Released, releaseLease } from "../lock/release-leases.ts";
import { acquireRunLock } from "../lock/run-lock.ts";
import { isTrustRunId, readTrustRun, takeOverTrustRun } from "../lock/trust-run.ts";
import type { LockedCluster, Outcome, RunState } from "../model/index.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { openRollouts, pickRun, type Rollouts } from "./rollouts.ts";

type Found = { readonly cluster: string; readonly result: Outcome<Released> };

/** A run whose process is gone, with its run lock. */
interface LeftRun {
  readonly id: string;
  readonly clusters: readonly LockedCluster[];
  readonly warnings: readonly string[];
  /** @param isFree whether no Lease of it is left */
  end(isFree: boolean): Promise<void>;
}

/**
 * `edgectl rollout unlock`: for a run whose process was killed and that is not to be resumed first. Ends with 1 when a
 * cluster did not answer.
 *
 * @throws EDGE_ROLLOUT_COMMAND_REFUSED while a process carries the run out
 */
export async function unlockCommand(
  wanted: string,
  flags: { readonly json: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const rollouts = openRollouts(context);
  const run = isTrustRunId(wanted) ? await takeTrustRun(rollouts, wanted) : await takeRollout(rollouts, wanted);
  let isFree = false;
  try {
    const found = await mapConcurrently(run.clusters, async (cluster) => ({
      cluster: cluster.name,
      result: await releaseLease(run, cluster, context.signal),
    }));
    isFree = found.every(({ result }) => result.outcome === "ok");
    if (flags.json) await context.output.json({ run: run.id, clusters: found });
    else await context.output.write(found.map((one) => `${one.cluster}: ${describe(one)}\n`).join(""));
    for (const line of run.warnings) context.progress.note(`warning: ${line}`);
    return isFree ? exitCodes.done : exitCodes.error;
  } finally {
    await run.end(isFree);
  }
}

async function takeRollout(rollouts: Rollouts, wanted: string): Promise<LeftRun> {
  const { store, directoryOf } = rollouts;
  const id = await pickRun(rollouts, wanted);
  const { run, events } = await store.read(id);
  const lock = await acquireRunLock(directoryOf(id), id);
  if (lock === undefined) throw carriedOut(id, `Let it end, or use 'edgectl rollout abort --run ${id}'.`);
  const clusters = Object.values(run.plan.clusters);
  return { id, clusters, warnings: warnings(id, new Scheduler(run, events).state), end: () => lock.release() };
}

/** Of a change of trust nothing is kept once its locks are given back. */
async function takeTrustRun({ directory, store }: Rollouts, id: string): Promise<LeftRun> {
  const run = await readTrustRun(directory, id);
  if (run === undefined) throw unknownRun(id, await store.list());
  const own = await takeOverTrustRun(directory, run);
  if (own === undefined) throw carriedOut(id, "Let it end, or end it by Ctrl-C.");
  const end = (isFree: boolean) => (isFree ? own.end() : own.leave());
  return { id, clusters: run.clusters, warnings: [], end };
}

function carriedOut(run: string, remedy: string): Error {
  const reason = `a process of this machine carries run ${run} out`;
  return rolloutErrors.EDGE_ROLLOUT_COMMAND_REFUSED({ command: "unlock", reason, remedy });
}

function describe({ result }: Found): string {
  if (result.outcome !== "ok") return `not unlocked: ${result.failure.message}`;
  if (result.lock === "kept") return `locked by ${result.heldBy}`;
  return result.lock === "released" ? "unlocked" : "was not locked";
}

/** Giving locks back undoes nothing, and does not end the run. */
function warnings(id: string, { outcome, clusters }: RunState): readonly string[] {
  if (outcome !== undefined) return [];
  const halfway = [...clusters.values()].filter(({ begun, phase }) => begun && phase !== "done");
  return [
    `run ${id} has not ended. Once another run has changed its clusters, do not resume it or roll it back: both would undo the other run's work.`,
    ...halfway.map(({ name, phase }) => `${name} stays as the run left it, ${phase}: it may be half deployed.`),
  ];
}
