import type { CommandContext, ExitCode } from "../../cli/command-context.ts";
import { formatTable } from "../../cli/table.ts";
import type { Run, RunState } from "../model/index.ts";
import { Scheduler } from "../scheduler/index.ts";
import { describeRun } from "../view/describe.ts";
import { exitCodes } from "./exit-codes.ts";
import type { RunFlags } from "./program.ts";
import { openRollouts, pickRun } from "./rollouts.ts";
import { formatRun } from "./show.ts";

/** `edgectl rollout status`: ends with the code of the run's outcome, and with 0 while it has none. */
export async function statusCommand(flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  const rollouts = openRollouts(context);
  const { run, events } = await rollouts.store.read(await pickRun(rollouts, flags.run));
  const { state } = new Scheduler(run, events);
  if (flags.json) await context.output.json(stateAsJson(run, state));
  else await context.output.write(formatRun(run, state));
  return state.outcome === undefined ? 0 : exitCodes[state.outcome];
}

function stateAsJson(run: Run, state: RunState): object {
  const { phase, outcome, waves, gates, clusters, halt, pause, at } = state;
  return {
    run: run.id,
    fleet: run.fleet,
    revision: run.git.revision,
    phase,
    outcome,
    halt,
    pause,
    at: new Date(at).toISOString(),
    waves,
    gates: [...gates.values()],
    clusters: [...clusters.values()],
  };
}

/** `edgectl rollout list` */
export async function listCommand(flags: { readonly json: boolean }, context: CommandContext): Promise<ExitCode> {
  const { directory, store } = openRollouts(context);
  const runs: { run: Run; state: RunState }[] = [];
  for (const id of await store.list()) {
    const { run, events } = await store.read(id);
    runs.push({ run, state: new Scheduler(run, events).state });
  }
  if (flags.json) {
    const listed = runs.map(({ run, state }) => ({
      run: run.id,
      fleet: run.fleet,
      phase: state.phase,
      outcome: state.outcome,
    }));
    await context.output.json({ runs: listed });
    return 0;
  }
  if (runs.length === 0) {
    context.progress.note(`There is no rollout in ${directory} yet.`);
    return 0;
  }
  const rows = runs.map(({ run, state }) => [run.id, run.fleet, run.git.revision.slice(0, 12), describeRun(state)]);
  await context.output.write(formatTable(["RUN", "FLEET", "REVISION", "STATE"], rows));
  return 0;
}
