import { spawn } from "node:child_process";
import { edgectlMain } from "./edgectl.ts";

/** edgectl while it runs. */
export interface EdgectlProcess {
  /** Resolves as soon as its output matches. Rejects when it ends without. */
  saw(pattern: RegExp): Promise<void>;
  /** As a crash would: by SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** @param cwd where it runs; default: here */
export function startEdgectl(args: readonly string[], cwd = process.cwd()): EdgectlProcess {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", edgectlMain, ...args], { cwd });
  const watchers = new Set<() => void>();
  let output = "";
  const read = (chunk: Buffer) => {
    output += chunk.toString("utf8");
    for (const look of watchers) look();
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    saw: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(output)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`edgectl ended without ${pattern}:\n${output}`)));
      }),
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
