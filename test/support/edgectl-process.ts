import { spawn } from "node:child_process";
import { edgectlMain } from "./edgectl.ts";

/** edgectl while it runs. */
export interface EdgectlProcess {
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Resolves with what `find` finds, asked whenever more is printed. Rejects when edgectl ends before. */
  until<T>(what: string, find: () => T | undefined): Promise<T>;
  /** Resolves as soon as its output matches. Rejects when it ends without. */
  saw(pattern: RegExp): Promise<void>;
  /** As Ctrl-C does. */
  interrupt(): void;
  /** Stops it where it is, and lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** As a crash would: by SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Exit code; null of a process that was killed. */
  readonly ended: Promise<number | null>;
}

/**
 * @param cwd where it runs; default: here
 * @param main of another version
 */
export function startEdgectl(args: readonly string[], cwd = process.cwd(), main = edgectlMain): EdgectlProcess {
  const words = ["--disable-warning=ExperimentalWarning", main, ...args];
  const child = spawn(process.execPath, words, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const watchers = new Set<() => void>();
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
      for (const look of watchers) look();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const until = <T>(what: string, find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`edgectl ended without ${what}:\n${output.stdout}${output.stderr}`)));
    });
  return {
    output,
    until,
    ended,
    saw: async (pattern) => {
      await until(String(pattern), () => pattern.test(output.stdout + output.stderr) || undefined);
    },
    interrupt: () => void child.kill("SIGINT"),
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/**
 * Runs edgectl and kills it as soon as its output matches.
 *
 * @throws when it ends before
 */
export async function killAt(args: readonly string[], pattern: RegExp, cwd?: string): Promise<void> {
  const process = startEdgectl(args, cwd);
  await process.saw(pattern);
  await process.kill();
}
