import { hostname } from "node:os";
import process from "node:process";
import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { acquireRunLock } from "../lock/run-lock.ts";
import type { Event, Journal, OperatorEvent } from "../model/index.ts";
import { submitRequest } from "../run/file-inbox.ts";
import type { WithoutTime } from "../run/ports.ts";
import { checkCommand } from "../scheduler/check-command.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { describeRequest, resumeCommandOf } from "../view/describe.ts";
import { executeRun } from "./execute-run.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { openRollouts, operatorName, pickRun, type Rollouts, type RunFlags } from "./rollouts.ts";

export interface ReasonFlags extends RunFlags {
  readonly reason: string;
}
export interface ApproveFlags extends RunFlags {
  readonly comment?: string;
}

type Asked = WithoutTime<OperatorEvent>;

/** Seconds that the process that carries a run out has for an answer. */
const answerTimeout = 30;

/** `edgectl rollout pause` */
export function pauseCommand({ reason, ...flags }: ReasonFlags, context: CommandContext): Promise<ExitCode> {
  return noteRequest(flags, context, { type: "paused", by: operatorName(context.env), reason });
}

/** `edgectl rollout approve` */
export function approveCommand(gate: string, { comment, ...flags }: ApproveFlags, context: CommandContext) {
  const by = operatorName(context.env);
  return noteRequest(flags, context, { type: "approved", by, gate, ...(comment === undefined ? {} : { comment }) });
}

/** `edgectl rollout skip` */
export function skipCommand(cluster: string, { reason, ...flags }: ReasonFlags, context: CommandContext) {
  return noteRequest(flags, context, { type: "skipped", by: operatorName(context.env), cluster, reason });
}

/** `edgectl rollout abort` */
export function abortCommand({ reason, ...flags }: ReasonFlags, context: CommandContext): Promise<ExitCode> {
  return executeWith(flags, context, { type: "aborted", by: operatorName(context.env), reason });
}

/** `edgectl rollout retry` */
export function retryCommand(cluster: string, flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  return executeWith(flags, context, { type: "retried", by: operatorName(context.env), cluster });
}

/** `edgectl rollout rollback`: that all is rolled back is what was asked for. */
export async function rollbackCommand({ reason, ...flags }: ReasonFlags, context: CommandContext): Promise<ExitCode> {
  const code = await executeWith(flags, context, { type: "rollbackRequested", by: operatorName(context.env), reason });
  return code === exitCodes.rolledBack ? exitCodes.done : code;
}

/** `edgectl rollout resume` */
export function resumeCommand(flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  return executeWith(flags, context, { type: "resumed", by: operatorName(context.env) });
}

/** Notes what is asked for; carrying it out is for the process that has the run, now or later. */
async function noteRequest(flags: RunFlags, context: CommandContext, asked: Asked): Promise<ExitCode> {
  const { run, own } = await whileOwning(flags, context, asked, async (journal) => {
    await note(journal, context, asked);
    return true;
  });
  await tell(flags, context, run, asked);
  if (own === true && !flags.json) {
    context.progress.note(`Nobody carries the run out now. Go on with: ${resumeCommandOf(run)}`);
  }
  return exitCodes.done;
}

/** Notes what is asked for, and carries the run out from there, unless another process does so. */
async function executeWith(flags: RunFlags, context: CommandContext, asked: Asked): Promise<ExitCode> {
  const { run, own } = await whileOwning(flags, context, asked, async (journal, rollouts) => {
    const isNews = asked.type !== "resumed" || isHeldUp(journal);
    const noted = isNews ? await note(journal, context, asked) : journal;
    return exitCodeOf(await executeRun(noted, rollouts, context, flags.json));
  });
  if (own === undefined) await tell(flags, context, run, asked);
  return own ?? exitCodes.done;
}

/**
 * Works on the run while no other process of this machine does, and leaves it alone again. Where one carries it out, that
 * one is asked instead.
 *
 * @returns what `work` has returned; undefined where the other process was asked
 */
async function whileOwning<T>(
  flags: RunFlags,
  context: CommandContext,
  asked: Asked,
  work: (journal: Journal, rollouts: Rollouts) => Promise<T>,
): Promise<{ readonly run: string; readonly own: T | undefined }> {
  const rollouts = openRollouts(context);
  const run = await pickRun(rollouts, flags.run);
  await using lock = await acquireRunLock(rollouts.directoryOf(run), run);
  if (lock === undefined) {
    await submitRequest(rollouts.inboxOf(run), asked, answerTimeout);
    return { run, own: undefined };
  }
  await using journal = await rollouts.store.open(run);
  return { run, own: await work(journal, rollouts) };
}

/** Whether the run waits for somebody. After a crash or Ctrl-C it does not: it is only resumed. */
function isHeldUp({ run, events }: Journal): boolean {
  const { phase, outcome } = new Scheduler(run, events).state;
  return outcome !== undefined || phase === "paused" || phase === "halted";
}

/**
 * Journals that this process has opened the run, too: the time until now then counts as one without a process.
 *
 * @returns the journal with what was appended
 */
async function note(journal: Journal, context: CommandContext, asked: Asked): Promise<Journal> {
  const scheduler = new Scheduler(journal.run, journal.events);
  const at = Math.max(Date.now(), scheduler.state.at);
  const event = { ...asked, at } as OperatorEvent;
  const refusal = checkCommand(scheduler, event);
  if (refusal !== undefined) throw refusal;
  const opened: Event = { type: "opened", by: operatorName(context.env), host: hostname(), pid: process.pid, at };
  await journal.append(opened, event);
  return { ...journal, events: [...journal.events, opened, event] };
}

async function tell(flags: RunFlags, context: CommandContext, run: string, asked: Asked): Promise<void> {
  if (flags.json) return context.output.json({ run, ...asked });
  return context.output.write(`Run ${run}: ${describeRequest({ ...asked, at: 0 } as Event)}\n`);
}
