import { spawn } from "node:child_process";

/** Where a root user's commands are, whatever PATH this process was given. */
export const commandPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Bytes of output that are kept; what a command prints beyond is an error. */
const outputLimit = 4 * 1024 * 1024;

/** The outcome of a command that ran to its end. */
export interface CommandResult {
  /** Exit code; 128 or more if a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly directory?: string;
  /** Called with each line that the command prints, of both streams. */
  readonly onLine?: (line: string) => void;
}

/** Runs a command to its end. Rejects only if it cannot be started or prints without bound. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    cwd: options.directory,
    env: options.environment ?? { ...process.env, PATH: commandPath },
    stdio: ["pipe", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      const lines = lineSplitter(options.onLine ?? (() => undefined));
      child[stream].setEncoding("utf8").on("data", (chunk: string) => {
        output[stream] += chunk;
        lines(chunk);
        if (output[stream].length > outputLimit) child.kill("SIGKILL");
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (output.stdout.length > outputLimit) reject(new Error(`${command} printed more than ${outputLimit} bytes`));
      else resolve({ code: code ?? 128, ...output });
    });
    // A command that ends before it has read its input closes the pipe; its exit code says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** Runs a command and returns what it printed; rejects with its message if it fails. */
export async function commandOutput(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${code}: ${stderr.trim()}`);
  return stdout;
}

function lineSplitter(onLine: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}
