import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { systemTimer } from "#base";
import type { CommandContext } from "../../terminal/index.ts";
import { createGateRunner } from "../gates/gate-runner.ts";
import { openClusterLock } from "../lock/cluster-lock.ts";
import { describeWatch } from "../lock/lease.ts";
import { leasesOf } from "../lock/open-lease.ts";
import type { Journal, RunOutcome } from "../model/index.ts";
import { buildReport } from "../report/build-report.ts";
import { execute } from "../run/executor.ts";
import { openFileInbox } from "../run/file-inbox.ts";
import { hookNotifier } from "../run/hook-notifier.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { resumeCommandOf } from "../view/describe.ts";
import { openDrivers } from "./drivers.ts";
import { operatorName, type Rollouts } from "./rollouts.ts";
import { createShow, formatRun } from "./show.ts";

/**
 * Carries a run out until it has an outcome, shows it, and writes its report. The caller holds the run's own lock.
 *
 * @returns undefined where Ctrl-C stopped it
 */
export async function executeRun(
  journal: Journal,
  rollouts: Rollouts,
  context: CommandContext,
  json: boolean,
): Promise<RunOutcome | undefined> {
  const { run } = journal;
  await using drivers = await openDrivers(context, rollouts, { run: run.id, git: run.git });
  const show = createShow(run, context, json);
  const operator = { by: operatorName(context.env), host: hostname(), pid: process.pid };
  const ports = {
    driver: drivers.driver,
    lock: openClusterLock(run, systemTimer, (watch) => show.note(describeWatch(watch)), leasesOf(run)),
    gates: createGateRunner(drivers.driver),
    notifier: hookNotifier,
    timer: systemTimer,
    inbox: openFileInbox(rollouts.inboxOf(run.id)),
    observe: show.observe,
  };
  try {
    const outcome = await execute(journal, ports, operator, context.signal);
    show.close();
    await conclude(run.id, rollouts, context, json);
    return outcome;
  } finally {
    show.close();
    // A run that was interrupted holds nobody up: it takes its locks anew when it is resumed.
    await ports.lock.releaseAll();
  }
}

/** Prints where the run stands, and writes the report once it has an outcome. */
async function conclude(id: string, rollouts: Rollouts, context: CommandContext, json: boolean): Promise<void> {
  const { run, events } = await rollouts.store.read(id);
  const { state } = new Scheduler(run, events);
  const report = join(rollouts.directoryOf(id), "report.html");
  if (state.outcome !== undefined) await writeFile(report, buildReport(run, events));
  if (json) return;
  await context.output.write(formatRun(run, state));
  context.progress.note(
    state.outcome === undefined ? `Interrupted. Go on with: ${resumeCommandOf(run.id)}` : `Report: ${report}`,
  );
}
