import type { Command } from "commander";
import type { Run } from "../../terminal/index.ts";
import type { DriftFlags } from "./drift.ts";
import { exitCodesHelp } from "./exit-codes.ts";
import type { PlanFlags } from "./plan.ts";
import type { ReceiveFlags } from "./receive.ts";
import type { ReportFlags } from "./report.ts";
import type { RunFlags } from "./rollouts.ts";
import type { StartFlags } from "./start.ts";
import type { ApproveFlags, ReasonFlags } from "./steer.ts";

const overview = `
A rollout deploys the stacks of a fleet file (stacks/fleet.yaml) wave by wave. It keeps a journal in .edge/rollouts, so
that it can be resumed after a crash at any point. See docs/rollouts.md.

Examples:
  edgectl rollout plan                          waves, changes and permissions, without touching anything
  edgectl rollout run --yes                     start a rollout
  edgectl rollout status                        where the newest rollout stands
  edgectl rollout pause --reason "incident 42"  begin nothing new; what runs goes on
  edgectl rollout resume                        go on after a pause, a crash or Ctrl-C
  edgectl rollout approve line/before/approval  open an approval gate
  edgectl rollout retry berlin                  try a failed cluster again
  edgectl rollout skip berlin --reason "down"   go on without it
  edgectl rollout rollback --reason "bad"       bring all touched clusters back, in reverse order
  edgectl rollout unlock 20261123-030002-b66e   give back the locks of a run that was killed
  edgectl rollout drift                         what others have changed since
${exitCodesHelp}`;

/** Adds what `edgectl rollout` has: one change over many clusters, in waves. */
export function addRollout(rollout: Command, run: Run): void {
  rollout.addHelpText("after", overview);
  addPlanning(rollout, run);
  addSteering(rollout, run);
  addClusterCommands(rollout, run);
  addUnlock(rollout, run);
  addReading(rollout, run);
  addReceiving(rollout, run);
  for (const command of rollout.commands) {
    command.exitOverride().configureOutput({ outputError: () => {} });
    if (command.name() !== "list") command.addHelpText("after", exitCodesHelp);
  }
}

function addPlanning(rollout: Command, run: Run): void {
  withFleet(rollout.command("plan"))
    .description("show waves, changes of each cluster and their permissions; touches nothing")
    .option("--markdown", "print it as a comment for a pull request", false)
    .action((flags: PlanFlags) => run(async (context) => (await import("./plan.ts")).planCommand(flags, context)));
  withFleet(rollout.command("run"))
    .description("plan, ask, and carry the rollout out")
    .option("--yes", "do not ask", false)
    .action((flags: StartFlags) => run(async (context) => (await import("./start.ts")).startCommand(flags, context)));
  withFleet(rollout.command("drift"))
    .description("what in the clusters differs from what was deployed last")
    .option("--cluster <name...>", "only these clusters")
    .action((flags: DriftFlags) => run(async (context) => (await import("./drift.ts")).driftCommand(flags, context)));
}

const steer = () => import("./steer.ts");

function addSteering(rollout: Command, run: Run): void {
  withRun(rollout.command("resume"))
    .description("go on: after a pause, a crash, Ctrl-C, or a gate that did not pass")
    .action((flags: RunFlags) => run(async (context) => (await steer()).resumeCommand(flags, context)));
  withRun(rollout.command("pause"))
    .description("begin nothing new; what runs goes on")
    .option("--reason <text>", "why", "not given")
    .action((flags: ReasonFlags) => run(async (context) => (await steer()).pauseCommand(flags, context)));
  withRun(rollout.command("abort"))
    .description("end the rollout where it is; what is being written comes to its end")
    .option("--reason <text>", "why", "not given")
    .action((flags: ReasonFlags) => run(async (context) => (await steer()).abortCommand(flags, context)));
  withRun(rollout.command("rollback"))
    .description("bring all clusters that were touched back to what they had before, in reverse order")
    .option("--reason <text>", "why", "not given")
    .action((flags: ReasonFlags) => run(async (context) => (await steer()).rollbackCommand(flags, context)));
}

function addClusterCommands(rollout: Command, run: Run): void {
  withRun(rollout.command("approve <gate>"))
    .description("say yes at an approval gate: WAVE/before/NAME or WAVE/after/NAME")
    .option("--comment <text>", "what is kept with the approval")
    .addHelpText("after", "\nWho approves is $EDGE_OPERATOR, else the user's name.")
    .action((gate: string, flags: ApproveFlags) =>
      run(async (context) => (await steer()).approveCommand(gate, flags, context)),
    );
  withRun(rollout.command("retry <cluster>"))
    .description("try a failed cluster once more")
    .action((cluster: string, flags: RunFlags) =>
      run(async (context) => (await steer()).retryCommand(cluster, flags, context)),
    );
  withRun(rollout.command("skip <cluster>"))
    .description("go on without a cluster that is pending, waiting or failed")
    .requiredOption("--reason <text>", "why; it is kept")
    .action((cluster: string, flags: ReasonFlags) =>
      run(async (context) => (await steer()).skipCommand(cluster, flags, context)),
    );
}

function addUnlock(rollout: Command, run: Run): void {
  rollout
    .command("unlock <run>")
    .description("give back the locks of a rollout, or a change of trust, whose process was killed on this machine")
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      "\nRather use `resume`, which has the locks at once and goes on. Unlock a run that shall not go on, so that another\none need not watch its locks for a minute first. Nothing that it deployed is undone.",
    )
    .action((id: string, flags: { json: boolean }) =>
      run(async (context) => (await import("./unlock.ts")).unlockCommand(id, flags, context)),
    );
}

function addReading(rollout: Command, run: Run): void {
  withRun(rollout.command("status"))
    .description("where a rollout stands")
    .action((flags: RunFlags) => run(async (context) => (await import("./status.ts")).statusCommand(flags, context)));
  rollout
    .command("list")
    .description("all rollouts, the newest last")
    .option("--json", "print JSON", false)
    .action((flags: RunFlags) => run(async (context) => (await import("./status.ts")).listCommand(flags, context)));
  rollout
    .command("report")
    .description("the report of a rollout as one HTML file")
    .option("--run <id>", "which rollout; default: the newest")
    .option("--output-file <file>", "where to write it; default: report.html in the rollout's folder")
    .action((flags: ReportFlags) =>
      run(async (context) => (await import("./report.ts")).reportCommand(flags, context)),
    );
}

function addReceiving(rollout: Command, run: Run): void {
  rollout
    .command("receive")
    .description("receive what Flux reports of clusters that nobody can reach, until Ctrl-C")
    .requiredOption("--keys <directory>", "has a file for each cluster: the key by which its Flux signs")
    .requiredOption("--tls-cert <file>", "certificate of this server, as PEM; a renewed one is taken")
    .requiredOption("--tls-key <file>", "its key")
    .option("--listen <address>", "HOST:PORT", "0.0.0.0:8443")
    .option("--fleet <file>", "fleet file; default: stacks/fleet.yaml of the project")
    .option("--json", "print what comes in as JSON, one object per line", false)
    .action((flags: ReceiveFlags) =>
      run(async (context) => (await import("./receive.ts")).receiveCommand(flags, context)),
    );
}

function withFleet(command: Command): Command {
  return command
    .option("--fleet <file>", "fleet file; default: stacks/fleet.yaml of the project")
    .option("--json", "print JSON, of a rollout one event per line", false);
}

function withRun(command: Command): Command {
  return command
    .option("--run <id>", "which rollout; default: the newest")
    .option("--json", "print JSON, of a rollout one event per line", false);
}
