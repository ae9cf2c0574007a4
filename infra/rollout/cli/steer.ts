import { hostname } from "node:os";
import process from "node:process";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { acquireRunLock } from "../lock/index.ts";
import type { Event, Journal, OperatorEvent } from "../model/index.ts";
import { submitRequest } from "../run/file-inbox.ts";
import type { WithoutTime } from "../run/ports.ts";
import { checkCommand, Scheduler } from "../scheduler/index.ts";
import { describeRequest } from "../view/describe.ts";
import { carryOn } from "./carry-on.ts";
import { exitCodes, interrupted } from "./exit-codes.ts";
import type { ApproveFlags, ReasonFlags, RunFlags } from "./program.ts";
import { openRollouts, operatorName, pickRun, type Rollouts } from "./rollouts.ts";

type Wish = WithoutTime<OperatorEvent>;

/** Seconds that the process that carries a run out has for an answer. */
const answerTimeout = 30;

/** `edgectl rollout pause` */
export function pauseCommand({ reason, ...flags }: ReasonFlags, context: CommandContext): Promise<ExitCode> {
  return leave(flags, context, { type: "paused", by: operatorName(context.env), reason });
}

/** `edgectl rollout approve` */
export function approveCommand(gate: string, { comment, ...flags }: ApproveFlags, context: CommandContext) {
  const by = operatorName(context.env);
  return leave(flags, context, { type: "approved", by, gate, ...(comment === undefined ? {} : { comment }) });
}

/** `edgectl rollout skip` */
export function skipCommand(cluster: string, { reason, ...flags }: ReasonFlags, context: CommandContext) {
  return leave(flags, context, { type: "skipped", by: operatorName(context.env), cluster, reason });
}

/** `edgectl rollout abort` */
export function abortCommand({ reason, ...flags }: ReasonFlags, context: CommandContext): Promise<ExitCode> {
  return goOn(flags, context, { type: "aborted", by: operatorName(context.env), reason });
}

/** `edgectl rollout retry` */
export function retryCommand(cluster: string, flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  return goOn(flags, context, { type: "retried", by: operatorName(context.env), cluster });
}

/** `edgectl rollout rollback`: that all is rolled back is what was asked for. */
export async function rollbackCommand({ reason, ...flags }: ReasonFlags, context: CommandContext): Promise<ExitCode> {
  const code = await goOn(flags, context, { type: "rollbackRequested", by: operatorName(context.env), reason });
  return code === exitCodes.rolledBack ? 0 : code;
}

/** `edgectl rollout resume` */
export function resumeCommand(flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  return goOn(flags, context, { type: "resumed", by: operatorName(context.env) });
}

/** Notes what is asked for; carrying it out is for the process that has the run, now or later. */
async function leave(flags: RunFlags, context: CommandContext, wish: Wish): Promise<ExitCode> {
  const { run, own } = await takeUp(flags, context, wish, async (journal) => {
    await note(journal, context, wish);
    return true;
  });
  await tell(flags, context, run, wish);
  if (own === true && !flags.json) {
    context.progress.note(`Nobody carries the run out now. Go on with: edgectl rollout resume --run ${run}`);
  }
  return 0;
}

/** Notes what is asked for, and carries the run out from there, unless another process does so. */
async function goOn(flags: RunFlags, context: CommandContext, wish: Wish): Promise<ExitCode> {
  const { run, own } = await takeUp(flags, context, wish, async (journal, rollouts) => {
    const isNews = wish.type !== "resumed" || isHeldUp(journal);
    const noted = isNews ? await note(journal, context, wish) : journal;
    const outcome = await carryOn(noted, rollouts, context, flags.json);
    return outcome === undefined ? interrupted : exitCodes[outcome];
  });
  if (own === undefined) await tell(flags, context, run, wish);
  return own ?? 0;
}

/**
 * Works on the run while no other process of this machine does, and leaves it alone again. Where one carries it out, that
 * one is asked for what is wished instead.
 *
 * @returns what `work` has returned; undefined where the other process was asked
 */
async function takeUp<T>(
  flags: RunFlags,
  context: CommandContext,
  wish: Wish,
  work: (journal: Journal, rollouts: Rollouts) => Promise<T>,
): Promise<{ readonly run: string; readonly own: T | undefined }> {
  const rollouts = openRollouts(context);
  const run = await pickRun(rollouts, flags.run);
  const lock = await acquireRunLock(rollouts.directoryOf(run), run);
  if (lock === undefined) {
    await submitRequest(rollouts.inboxOf(run), wish, answerTimeout);
    return { run, own: undefined };
  }
  try {
    const journal = await rollouts.store.open(run);
    const own = await work(journal, rollouts);
    await journal.close();
    return { run, own };
  } finally {
    await lock.release();
  }
}

/** After a crash or Ctrl-C nothing holds the run up: it goes on by itself. */
function isHeldUp({ run, events }: Journal): boolean {
  const { phase, outcome } = new Scheduler(run, events).state;
  return outcome !== undefined || phase === "paused" || phase === "halted";
}

/**
 * A process takes the run up for a moment, so that the time until now counts as one in which nobody looked after it.
 *
 * @returns the journal with what was appended
 */
async function note(journal: Journal, context: CommandContext, wish: Wish): Promise<Journal> {
  const scheduler = new Scheduler(journal.run, journal.events);
  const at = Math.max(Date.now(), scheduler.state.at);
  const event = { ...wish, at } as OperatorEvent;
  const refusal = checkCommand(scheduler, event);
  if (refusal !== undefined) throw refusal;
  const opened: Event = { type: "opened", by: operatorName(context.env), host: hostname(), pid: process.pid, at };
  await journal.append(opened, event);
  return { ...journal, events: [...journal.events, opened, event] };
}

async function tell(flags: RunFlags, context: CommandContext, run: string, wish: Wish): Promise<void> {
  if (flags.json) return context.output.json({ run, ...wish });
  return context.output.write(`Run ${run}: ${describeRequest({ ...wish, at: 0 } as Event)}\n`);
}
