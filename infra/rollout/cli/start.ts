import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { rolloutErrors } from "../errors.ts";
import { acquireRunLock } from "../lock/index.ts";
import { carryOn } from "./carry-on.ts";
import { exitCodes, interrupted } from "./exit-codes.ts";
import { makeRun } from "./make-run.ts";
import { formatPlan } from "./plan-text.ts";
import type { StartFlags } from "./program.ts";
import { openRollouts } from "./rollouts.ts";

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
  const { run } = made;
  const lock = await acquireRunLock(rollouts.directoryOf(run.id), run.id);
  try {
    const journal = await rollouts.store.create(run);
    const outcome = await carryOn(journal, rollouts, context, flags.json);
    await journal.close();
    return outcome === undefined ? interrupted : exitCodes[outcome];
  } finally {
    await lock?.release();
  }
}

async function confirm({ yes }: StartFlags): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw rolloutErrors.EDGE_ROLLOUT_UNCONFIRMED();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Start the rollout? [y/N] ");
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw rolloutErrors.EDGE_ROLLOUT_UNCONFIRMED();
}
