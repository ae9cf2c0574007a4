import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { edgectlMain } from "./edgectl.ts";

/** An event as `--json` prints it. */
export interface PrintedEvent {
  readonly run: string;
  readonly type: string;
  readonly action?: string;
  readonly cluster?: string;
  readonly result?: { readonly outcome: string; readonly healthy?: boolean };
}

/** A rollout that is carried out by a process of its own, as an operator would start it. */
export interface RolloutProcess {
  readonly events: readonly PrintedEvent[];
  /** Resolves with the first event that matches, past ones included. Rejects when the process ends without one. */
  waitFor(matches: (event: PrintedEvent) => boolean): Promise<PrintedEvent>;
  /** Resolves once its messages hold the text. Rejects when the process ends without it. */
  told(text: string): Promise<void>;
  /** As a crash would: by SIGKILL. */
  kill(): void;
  /** Exit code; null of a process that was killed. */
  readonly ended: Promise<number | null>;
}

/** @param args words after `edgectl rollout` */
export function startRollout(directory: string, args: readonly string[]): RolloutProcess {
  const words = ["--disable-warning=ExperimentalWarning", edgectlMain, "rollout", ...args, "--json"];
  const child = spawn(process.execPath, words, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const events: PrintedEvent[] = [];
  const waiting = new Set<() => void>();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const look of waiting) look();
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    events.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const waitUntil = <T>(find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`the rollout has ended before that:\n${stderr}`)));
    });
  return {
    events,
    ended,
    kill: () => void child.kill("SIGKILL"),
    waitFor: (matches) => waitUntil(() => events.find(matches)),
    told: async (text) => void (await waitUntil(() => stderr.includes(text) || undefined)),
  };
}
