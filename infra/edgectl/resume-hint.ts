import type { Command } from "commander";
import { commandLine, noCluster } from "../terminal/index.ts";

/** Commands that carry on where they were cut off when they are run again: what is done stays done. */
const repeatable: ReadonlySet<string> = new Set(["start", "stop", "up", "down"]);

/** Whether the command that runs is one of those; `cluster up`, for one, is another than `up`. */
export function isRepeatable(command: Command): boolean {
  return repeatable.has(command.name()) && command.parent?.parent === null;
}

/** What to do after Ctrl-C, with the command line as it was typed. */
export function resumeHint(args: readonly string[]): string {
  return `Interrupted. What is done stays. Go on with: ${commandLine(args, noCluster)}`;
}
