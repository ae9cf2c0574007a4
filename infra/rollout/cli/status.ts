import { type CommandContext, type ExitCode, exitCodes, formatTable } from "../../terminal/index.ts";
import { isCarriedOut } from "../lock/run-lock.ts";
import type { ClusterState, GateState, Run, RunState } from "../model/index.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { describeRun, resumeCommandOf } from "../view/describe.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { openRollouts, pickRun, type Rollouts, type RunFlags } from "./rollouts.ts";
import { formatRun } from "./show.ts";

interface Standing {
  readonly run: Run;
  readonly state: RunState;
  /** It has not ended, and no process carries it out: after a crash or Ctrl-C, or after a pause without one. */
  readonly isLeft: boolean;
}

/** `edgectl rollout status`: ends with the code of the run's outcome, and with 0 while it has none. */
export async function statusCommand(flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  const rollouts = openRollouts(context);
  const standing = await readStanding(rollouts, await pickRun(rollouts, flags.run));
  const { run, state, isLeft } = standing;
  if (flags.json) await context.output.json(standingAsJson(standing));
  else await context.output.write(formatRun(run, state));
  if (isLeft) {
    context.progress.note(`No process carries it out. Go on with: ${resumeCommandOf(run.id)}`);
  }
  return state.outcome === undefined ? exitCodes.done : exitCodeOf(state.outcome);
}

/** `edgectl rollout list` */
export async function listCommand(flags: { readonly json: boolean }, context: CommandContext): Promise<ExitCode> {
  const rollouts = openRollouts(context);
  const standings: Standing[] = [];
  for (const id of await rollouts.store.list()) standings.push(await readStanding(rollouts, id));
  if (flags.json) await context.output.json({ runs: standings.map(summaryAsJson) });
  else if (standings.length === 0) context.progress.note(`There is no rollout in ${rollouts.directory} yet.`);
  else await context.output.write(formatTable(["RUN", "FLEET", "REVISION", "STATE"], standings.map(row)));
  return exitCodes.done;
}

async function readStanding({ store, directoryOf }: Rollouts, id: string): Promise<Standing> {
  const { run, events } = await store.read(id);
  const { state } = new Scheduler(run, events);
  const isLeft = state.outcome === undefined && !(await isCarriedOut(directoryOf(id)));
  return { run, state, isLeft };
}

function row({ run, state, isLeft }: Standing): string[] {
  const standing = `${describeRun(state)}${isLeft ? ", but no process carries it out" : ""}`;
  return [run.id, run.fleet, run.git.revision.slice(0, 12), standing];
}

function summaryAsJson({ run, state, isLeft }: Standing) {
  const { phase, outcome, at } = state;
  const last = new Date(at).toISOString();
  return { run: run.id, fleet: run.fleet, revision: run.git.revision, phase, outcome, left: isLeft, at: last };
}

/** What docs/rollouts.md promises. */
function standingAsJson(standing: Standing): object {
  const { waves, gates, clusters, halt, pause } = standing.state;
  return {
    ...summaryAsJson(standing),
    halt,
    pause,
    waves: waves.map(({ name, stage, startedAt, endedAt }) => ({
      name,
      stage,
      startedAt: timeOf(startedAt),
      endedAt: timeOf(endedAt),
    })),
    gates: [...gates.values()].map(gateAsJson),
    clusters: [...clusters.values()].map((cluster) => clusterAsJson(cluster, waves[cluster.wave]?.name)),
  };
}

function gateAsJson({ id, status, evidence, approval }: GateState): object {
  const given = approval && { by: approval.by, at: timeOf(approval.at), expiresAt: timeOf(approval.expiresAt) };
  return { id, status, evidence, approval: given };
}

function clusterAsJson(cluster: ClusterState, wave: string | undefined): object {
  const { name, phase, attempt, touched, since, waitingUntil, checks } = cluster;
  const { failedIn, failure, skippedBecause } = cluster;
  const times = { since: timeOf(since), waitingUntil: timeOf(waitingUntil) };
  return { name, wave, phase, attempt, touched, ...times, checks, failedIn, failure, skippedBecause };
}

function timeOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
