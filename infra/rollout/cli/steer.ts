import { hostname } from "node:os";
import process from "node:process";
import type { CommandContext, ExitCode } from "../../cli/command-context.ts";
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
  const rollouts = openRollouts(context);
  const id = await pickRun(rollouts, flags.run);
  const lock = await acquireRunLock(rollouts.directoryOf(id), id);
  if (lock === undefined) return ask(rollouts, id, flags, context, wish);
  try {
    const journal = await rollouts.store.open(id);
    await note(journal, context, wish);
    await journal.close();
  } finally {
    await lock.release();
  }
  await tell(flags, context, id, wish);
  if (!flags.json)
    context.progress.note(`Nobody carries the run out now. Go on with: edgectl rollout resume --run ${id}`);
  return 0;
}

/** Notes what is asked for, and carries the run out from there, unless another process does so. */
async function goOn(flags: RunFlags, context: CommandContext, wish: Wish): Promise<ExitCode> {
  const rollouts = openRollouts(context);
  const id = await pickRun(rollouts, flags.run);
  const lock = await acquireRunLock(rollouts.directoryOf(id), id);
  if (lock === undefined) return ask(rollouts, id, flags, context, wish);
  try {
    const journal = await rollouts.store.open(id);
    if (wish.type !== "resumed" || isHeldUp(journal)) await note(journal, context, wish);
    await journal.close();
    const reopened = await rollouts.store.open(id);
    const outcome = await carryOn(reopened, rollouts, context, flags.json);
    await reopened.close();
    return outcome === undefined ? interrupted : exitCodes[outcome];
  } finally {
    await lock.release();
  }
}

/** After a crash or Ctrl-C nothing holds the run up: it goes on by itself. */
function isHeldUp({ run, events }: Journal): boolean {
  const { phase, outcome } = new Scheduler(run, events).state;
  return outcome !== undefined || phase === "paused" || phase === "halted";
}

/** A process takes the run up for a moment, so that the time until now counts as one in which nobody looked after it. */
async function note(journal: Journal, context: CommandContext, wish: Wish): Promise<void> {
  const scheduler = new Scheduler(journal.run, journal.events);
  const at = Math.max(Date.now(), scheduler.state.at);
  const event = { ...wish, at } as OperatorEvent;
  const refusal = checkCommand(scheduler, event);
  if (refusal !== undefined) throw refusal;
  const opened: Event = { type: "opened", by: operatorName(context.env), host: hostname(), pid: process.pid, at };
  await journal.append(opened, event);
}

/** Leaves the wish for the process that carries the run out. */
async function ask(rollouts: Rollouts, id: string, flags: RunFlags, context: CommandContext, wish: Wish) {
  await submitRequest(rollouts.inboxOf(id), wish, answerTimeout);
  await tell(flags, context, id, wish);
  return 0;
}

async function tell(flags: RunFlags, context: CommandContext, run: string, wish: Wish): Promise<void> {
  if (flags.json) return context.output.json({ run, ...wish });
  return context.output.write(`Run ${run}: ${describeRequest({ ...wish, at: 0 } as Event)}\n`);
}
