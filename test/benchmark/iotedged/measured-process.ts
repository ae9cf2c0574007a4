import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Usage } from "./usage.ts";

/** A server in a process of its own, which tells what it uses. */
export interface MeasuredProcess<Started> {
  readonly started: Started;
  readonly pid: number;
  ask<Question extends keyof Usage>(question: Question): Promise<Usage[Question]>;
  stop(): Promise<void>;
}

/**
 * Starts a script, and waits for the first thing that it says.
 *
 * @param options.flags of Node.js
 */
export async function startMeasured<Started>(
  script: string,
  args: readonly string[],
  options: { readonly flags?: readonly string[]; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<MeasuredProcess<Started>> {
  const child = fork(script, args, {
    execArgv: ["--expose-gc", "--disable-warning=ExperimentalWarning", ...(options.flags ?? [])],
    env: { PATH: process.env.PATH, ...options.environment },
  });
  const [started] = await Promise.race([once(child, "message"), failure(script, child)]);
  return {
    started,
    pid: child.pid ?? 0,
    ask: async (question) => {
      child.send(question);
      const [answer] = await once(child, "message");
      return answer;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}

async function failure(script: string, child: ChildProcess): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`${script} ended with code ${code}`);
}
