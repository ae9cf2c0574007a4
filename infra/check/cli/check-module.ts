import { performance } from "node:perf_hooks";
import { untilAborted } from "#base";
import { hintsWithin, resolveTarget } from "../../deploy/index.ts";
import { connectToPod } from "../../kubernetes/index.ts";
import { type CommandContext, type ExitCode, exitCodes, terminalErrors } from "../../terminal/index.ts";
import { runChecks } from "../model/check.ts";
import { moduleChecks } from "../module/module-checks.ts";
import { openReader } from "../observe/cluster-reader.ts";
import { observeModule } from "../observe/observe-module.ts";
import { formatReport, marksFor } from "../report/format.ts";
import { reportOf } from "../report/report.ts";
import type { CheckFlags } from "./check.ts";

export type CheckModuleFlags = CheckFlags;

/** `edgectl check module` */
export async function checkModuleCommand(
  moduleId: string,
  flags: CheckModuleFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { output, signal, env, projectDirectory } = context;
  if (flags.pre || flags.watch || flags.interval !== undefined) {
    const problem = "--pre, --watch and --interval are not for one module";
    throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "check module " });
  }
  const target = await resolveTarget(projectDirectory, flags);
  const reader = await openReader(target);
  const hints = await hintsWithin(projectDirectory, target, flags.stack);
  const now = Date.now;
  const looking = observeModule(reader, {
    moduleId,
    namespace: flags.namespace,
    hints,
    now,
    stopwatch: () => performance.now(),
    connect: (namespace, pod) => (port) => connectToPod(reader.config, { namespace, pod, port }),
    signal,
  });
  const seen = await untilAborted(looking, signal);
  const about = {
    context: target.context,
    mode: "module" as const,
    module: moduleId,
    time: new Date(now()).toISOString(),
  };
  const report = reportOf(about, runChecks(moduleChecks, seen, seen.namespace));
  if (flags.json) await output.json(report);
  else await output.write(formatReport(report, marksFor(env)));
  return report.ok ? exitCodes.done : exitCodes.findings;
}
