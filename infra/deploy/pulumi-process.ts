import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { pulumiRuns } from "../terminal/index.ts";

export interface PulumiCall {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  /** Asks Pulumi to finish the step that it is at, and to begin no other. */
  readonly signal?: AbortSignal | undefined;
  readonly onStdout?: ((text: string) => void) | undefined;
  readonly onStderr?: ((text: string) => void) | undefined;
}

export interface PulumiResult {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 where a signal has ended it. */
  readonly code: number;
}

const running = new Set<ChildProcess>();

/**
 * Runs the Pulumi CLI to its end.
 *
 * It gets a process group of its own: a terminal sends Ctrl-C to the whole group of edgectl, edgectl passes it on, and at
 * the second one Pulumi drops what it is writing, and its lock with it.
 *
 * @throws the error of the operating system where it cannot be started
 */
export async function runPulumi(call: PulumiCall): Promise<PulumiResult> {
  const { args, env, cwd, signal } = call;
  signal?.throwIfAborted();
  const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
  const child = spawn("pulumi", args, { env, stdio, detached: true, ...(cwd === undefined ? {} : { cwd }) });
  const interrupt = () => void child.kill("SIGINT");
  running.add(child);
  const ended = pulumiRuns();
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    const [stdout, stderr] = [collect(child.stdout, call.onStdout), collect(child.stderr, call.onStderr)];
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    return { stdout: stdout(), stderr: stderr(), code: code ?? -1 };
  } finally {
    signal?.removeEventListener("abort", interrupt);
    running.delete(child);
    ended();
  }
}

function collect(stream: NodeJS.ReadableStream, tell: ((text: string) => void) | undefined): () => string {
  let all = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    all += text;
    tell?.(text);
  });
  return () => all;
}

// Pulumi ends as soon as nobody reads its output; a signal before that lets it end in order.
process.on("exit", () => {
  for (const child of running) child.kill("SIGINT");
});
