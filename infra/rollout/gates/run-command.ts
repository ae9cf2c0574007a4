import { spawn } from "node:child_process";
import { createScrubber } from "#contract";

export interface CommandRun {
  readonly command: readonly [string, ...string[]];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input. @default nothing */
  readonly input?: string;
  readonly signal: AbortSignal;
}

/** How a command ended. */
export interface CommandResult {
  /** Undefined where it was ended by a signal or could not be started. */
  readonly code: number | undefined;
  /** The last line that it printed, on stdout or stderr, less what looks secret; or why it could not be started. */
  readonly lastLine: string;
}

/** It goes into journals and reports: a script that prints what it was given must not give it away. */
const { text: scrub } = createScrubber();
const keptOutput = 8 * 1024;
const longestLine = 300;
/** Milliseconds that a command gets to end by itself. */
const grace = 2000;

/**
 * Runs a command without a shell, in a process group of its own. When the signal aborts, the whole group is ended, so
 * that nothing that the command has started stays.
 */
export function runCommand({ command, env = {}, input = "", signal }: CommandRun): Promise<CommandResult> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ code: undefined, lastLine: "it was not started in time" });
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: "pipe", detached: true });
    let output = "";
    const keep = (text: string) => {
      output = (output + text).slice(-keptOutput);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const stop = () => endGroup(child.pid);
    signal.addEventListener("abort", stop, { once: true });
    const finish = (code: number | undefined, lastLine: string) => {
      signal.removeEventListener("abort", stop);
      resolve({ code, lastLine });
    };
    child.once("error", (error: NodeJS.ErrnoException) => finish(undefined, `it cannot be started (${error.code})`));
    child.once("close", (code) => {
      const ended = signal.aborted ? "it took too long and was ended" : lastLineOf(output);
      finish(signal.aborted ? undefined : (code ?? undefined), ended);
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  send(pid, "SIGTERM");
  setTimeout(() => send(pid, "SIGKILL"), grace).unref();
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended already.
  }
}

function lastLineOf(output: string): string {
  const lines = scrub(output)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return (lines.at(-1) ?? "")
    .replace(/\p{Cc}/gu, " ")
    .trim()
    .slice(0, longestLine);
}
