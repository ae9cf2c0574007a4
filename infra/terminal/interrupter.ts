import process from "node:process";
import { exitCodes } from "./exit-codes.ts";

/** What an interrupter needs of its process. */
export interface Interruptible {
  /** Whether somebody else is still writing for this process. */
  isBusy(): boolean;
  /** Shows a line. */
  tell(line: string): void;
  exit(code: number): void;
  /** Calls back after as many milliseconds, unless the process ends before. */
  later(milliseconds: number, action: () => void): void;
}

/** How long an aborted command may take to put things in order, in milliseconds. */
const abortGrace = 10_000;

const asked =
  "Stops when Pulumi has ended what it is writing. Ctrl-C again stops at once, and may leave changes half done.";
const left =
  "Stopped at once. Pulumi may have left its lock on the stack, which the next edgectl on this machine releases " +
  "(elsewhere: pulumi cancel), and changes that its state does not have (pulumi refresh finds them).";

/**
 * What a process does at Ctrl-C: the first asks the command to stop, and the process waits for it while Pulumi works, else
 * for a short while; the second ends the process.
 */
export function createInterrupter(controller: AbortController, host: Interruptible = thisProcess): () => void {
  const giveUp = () => (host.isBusy() ? host.later(abortGrace, giveUp) : host.exit(exitCodes.interrupted));
  return () => {
    if (controller.signal.aborted) {
      if (host.isBusy()) host.tell(left);
      host.exit(exitCodes.interrupted);
      return;
    }
    if (host.isBusy()) host.tell(asked);
    controller.abort();
    host.later(abortGrace, giveUp);
  };
}

let running = 0;

/** Tells that Pulumi works for this process, which then waits for it at Ctrl-C. Returns what tells that it has ended. */
export function pulumiRuns(): () => void {
  running += 1;
  return () => {
    running -= 1;
  };
}

const thisProcess: Interruptible = {
  isBusy: () => running > 0,
  tell: (line) => void process.stderr.write(`\n${line}\n`),
  exit: (code) => process.exit(code),
  later: (milliseconds, action) => void setTimeout(action, milliseconds).unref(),
};
