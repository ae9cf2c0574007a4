import process from "node:process";
import { CommanderError } from "commander";
import {
  type CommandContext,
  createInterrupter,
  createOutput,
  createProgress,
  type ExitCode,
  isAbort,
  isCheckout,
  type Run,
  repeatOptions,
  reportError,
  usageError,
} from "../terminal/index.ts";
import { asksForJson } from "./output-options.ts";
import { createProgram } from "./program.ts";
import { isRepeatable, resumeHint } from "./resume-hint.ts";

export interface CliEnvironment {
  /** Where edgectl itself is. In a checkout it is the project where no other is found. */
  readonly packageDirectory: string;
  readonly version: string;
}

/** Runs one command line and returns the exit code. Failures are reported on stderr. */
export async function runCli(args: readonly string[], environment: CliEnvironment): Promise<ExitCode> {
  const controller = new AbortController();
  const stop = createInterrupter(controller);
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const output = createOutput(process.stdout);
  const progress = createProgress(process.stderr);
  let exitCode: ExitCode = 0;
  const fallback = isCheckout ? environment.packageDirectory : process.cwd();
  const run: Run = async (command) => {
    const { project } = program.opts<{ project?: string }>();
    const { findProjectDirectory } = await import("../render/index.ts");
    const projectDirectory = project ?? (await findProjectDirectory(process.cwd())) ?? fallback;
    const context: CommandContext = {
      projectDirectory,
      env: process.env,
      output,
      progress,
      signal: controller.signal,
    };
    exitCode = await command(context);
  };
  const program = await createProgram({ version: environment.version, columns: process.stdout.columns }, run, args);
  program.hook("preAction", (_, command) => {
    repeatOptions(command.optsWithGlobals());
    if (!isRepeatable(command)) return;
    // At once: a second Ctrl-C ends the process before anything else is told.
    controller.signal.addEventListener("abort", () => progress.note(resumeHint(args)), { once: true });
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && !isUsageError(error)) return error.exitCode === 0 ? 0 : 2;
    const failure = error instanceof CommanderError ? usageError(error, args, program) : error;
    return report(failure, args, controller.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** Help and version end by an error of commander's as well. */
function isUsageError(error: CommanderError): boolean {
  return !["commander.help", "commander.helpDisplayed", "commander.version"].includes(error.code);
}

function report(error: unknown, args: readonly string[], signal: AbortSignal): ExitCode {
  const failure = signal.aborted && !isAbort(error) ? signal.reason : error;
  const { text, exitCode } = reportError(failure, { json: asksForJson(args), debug: process.env.EDGE_DEBUG === "1" });
  process.stderr.write(text);
  return exitCode;
}
