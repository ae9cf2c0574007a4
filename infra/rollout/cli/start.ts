import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { rolloutErrors } from "../errors.ts";
import { acquireRunLock } from "../lock/run-lock.ts";
import type { Run } from "../model/index.ts";
import { executeRun } from "./execute-run.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { makeRun } from "./make-run.ts";
import type { PlanFlags } from "./plan.ts";
import { formatPlan } from "./plan-text.ts";
import { openRollouts, type Rollouts } from "./rollouts.ts";

export interface StartFlags extends PlanFlags {
  readonly yes: boolean;
}

/** `edgectl rollout run` */
export async function startCommand(flags: StartFlags, context: CommandContext): Promise<ExitCode> {
  const rollouts = openRollouts(context);
  const made = await makeRun(context, rollouts, flags.fleet);
  try {
    for (const line of formatPlan(made.run).split("\n")) context.progress.note(line);
    await confirm(flags);
  } catch (error) {
    await made.discard();
    throw error;
  }
  return startRun(made.run, rollouts, context, flags.json);
}

/** @throws EDGE_ROLLOUT_RUN_EXISTS where another process has taken the run's lock */
export async function startRun(
  run: Run,
  rollouts: Rollouts,
  context: CommandContext,
  json: boolean,
): Promise<ExitCode> {
  await using lock = await acquireRunLock(rollouts.directoryOf(run.id), run.id);
  if (lock === undefined) throw rolloutErrors.EDGE_ROLLOUT_RUN_EXISTS({ run: run.id });
  await using journal = await rollouts.store.create(run);
  return exitCodeOf(await executeRun(journal, rollouts, context, json));
}

async function confirm({ yes }: StartFlags): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw rolloutErrors.EDGE_ROLLOUT_UNCONFIRMED();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Start the rollout? [y/N] ");
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw rolloutErrors.EDGE_ROLLOUT_UNCONFIRMED();
}
