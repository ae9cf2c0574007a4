import { rolloutErrors } from "#errors";
import { mapConcurrently } from "../../apply/concurrency.ts";
import type { CommandContext, ExitCode } from "../../cli/command-context.ts";
import { acquireRunLock, type Released, releaseLease } from "../lock/index.ts";
import type { Outcome, RunState } from "../model/index.ts";
import { Scheduler } from "../scheduler/index.ts";
import { openRollouts, pickRun } from "./rollouts.ts";

type Found = { readonly cluster: string; readonly result: Outcome<Released> };

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
  const { store, directoryOf } = rollouts;
  const id = await pickRun(rollouts, wanted);
  const { run, events } = await store.read(id);
  const lock = await acquireRunLock(directoryOf(id), id);
  if (lock === undefined) {
    const reason = `a process of this machine carries run ${id} out`;
    const remedy = `Let it end, or use 'edgectl rollout abort --run ${id}'.`;
    throw rolloutErrors.EDGE_ROLLOUT_COMMAND_REFUSED({ command: "unlock", reason, remedy });
  }
  try {
    const found = await mapConcurrently(Object.values(run.plan.clusters), async (cluster) => ({
      cluster: cluster.name,
      result: await releaseLease(run, cluster, context.signal),
    }));
    if (flags.json) await context.output.json({ run: id, clusters: found });
    else await context.output.write(found.map((one) => `${one.cluster}: ${describe(one)}\n`).join(""));
    for (const line of warnings(id, new Scheduler(run, events).state)) context.progress.note(`warning: ${line}`);
    return found.every(({ result }) => result.outcome === "ok") ? 0 : 1;
  } finally {
    await lock.release();
  }
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
