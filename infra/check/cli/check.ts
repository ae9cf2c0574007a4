import { systemTimer, type Timer, untilAborted } from "#base";
import { hintsFor, hintsWithin, resolveTarget, type Target } from "../../deploy/index.ts";
import { type CommandContext, type ExitCode, exitCodes, terminalErrors } from "../../terminal/index.ts";
import { beforeChecks } from "../before/before-checks.ts";
import { checkInstallations } from "../installations.ts";
import { resultOf, runChecks } from "../model/check.ts";
import { wrong } from "../model/verdict.ts";
import { openReader } from "../observe/cluster-reader.ts";
import { observeBefore } from "../observe/observe-before.ts";
import { declareStack } from "../observe/stack-facts.ts";
import { formatReport, marksFor } from "../report/format.ts";
import { type CheckReport, reportOf } from "../report/report.ts";

export interface CheckFlags {
  readonly pre: boolean;
  readonly stack?: string;
  readonly namespace?: string;
  readonly watch: boolean;
  /** Seconds. @default 5 */
  readonly interval?: number;
  readonly json: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
}

const usualInterval = 5;

/** `edgectl check` */
export async function checkCommand(
  flags: CheckFlags,
  context: CommandContext,
  timer: Timer = systemTimer,
): Promise<ExitCode> {
  const { output, signal, env } = context;
  const { interval = usualInterval } = flags;
  if (flags.interval !== undefined && !flags.watch) {
    throw terminalErrors.EDGE_CLI_USAGE({
      problem: "--interval says how often --watch looks again",
      command: "check ",
    });
  }
  const target = await resolveTarget(context.projectDirectory, flags);
  let shown = "";
  for (;;) {
    const report = await untilAborted(look(flags, target, context, timer.now), signal);
    if (flags.json) await output.json(report);
    else {
      const text = formatReport(report, marksFor(env));
      // A watcher is told of changes alone.
      if (text !== shown) await output.write(`${flags.watch ? `${report.time}\n\n` : ""}${text}`);
      shown = text;
    }
    if (!flags.watch) return report.ok ? exitCodes.done : exitCodes.findings;
    await timer.sleep(interval * 1000, signal);
  }
}

async function look(
  flags: CheckFlags,
  target: Target,
  context: CommandContext,
  now: () => number,
): Promise<CheckReport> {
  const { stack } = flags;
  const about = {
    context: target.context,
    mode: flags.pre ? ("before" as const) : ("after" as const),
    ...(stack === undefined ? {} : { stack }),
    time: new Date(now()).toISOString(),
  };
  return reportOf(about, await (flags.pre ? before(flags, target, context, now) : after(flags, target, context, now)));
}

async function before(flags: CheckFlags, target: Target, context: CommandContext, now: () => number) {
  const { projectDirectory, env, signal } = context;
  const { stack: name } = flags;
  const reader = await openReader(target);
  const hints = hintsFor(target, name);
  const stack = name === undefined ? undefined : await declareStack(projectDirectory, name);
  const up = name === undefined ? undefined : hints.up;
  const { namespace } = flags;
  const options = { hints: { kubectl: hints.kubectl, up }, env, now, stack, namespace, signal };
  const seen = await observeBefore(reader, options);
  return runChecks(beforeChecks, seen, "cluster");
}

async function after(flags: CheckFlags, target: Target, context: CommandContext, now: () => number) {
  const { projectDirectory, signal } = context;
  const { stack: name, namespace } = flags;
  const reader = await openReader(target);
  const stack = name === undefined ? undefined : await declareStack(projectDirectory, name);
  const { refusal } = stack ?? {};
  if (refusal !== undefined) {
    const verdict = wrong(refusal.message, refusal.code, refusal.remedy);
    return [resultOf({ id: "stack-valid", what: "the program takes the stack's configuration" }, verdict, "cluster")];
  }
  const hints = await hintsWithin(projectDirectory, target, name);
  return checkInstallations(reader, { namespace, stack, hints, now, signal });
}
