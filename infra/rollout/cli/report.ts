import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandContext, type ExitCode, exitCodes, terminalErrors } from "../../terminal/index.ts";
import { buildReport } from "../report/build-report.ts";
import { openRollouts, pickRun } from "./rollouts.ts";

export interface ReportFlags {
  readonly run?: string;
  readonly outputFile?: string;
}

/** `edgectl rollout report`: prints the path of what it has written. */
export async function reportCommand(flags: ReportFlags, context: CommandContext): Promise<ExitCode> {
  const rollouts = openRollouts(context);
  const id = await pickRun(rollouts, flags.run);
  const { run, events } = await rollouts.store.read(id);
  const file = flags.outputFile ?? join(rollouts.directoryOf(id), "report.html");
  await writeFile(file, buildReport(run, events)).catch((cause: NodeJS.ErrnoException) => {
    throw terminalErrors.EDGE_CLI_OUTPUT({ file, problem: cause.code ?? "unknown failure" }, { cause });
  });
  await context.output.write(`${file}\n`);
  return exitCodes.done;
}
