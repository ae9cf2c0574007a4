import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";

/** What every command works with. */
export interface CommandContext {
  /** Where Pulumi.yaml is. */
  readonly projectDirectory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly progress: Progress;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Code that the process ends with. */
export type ExitCode = number;

/** Runs a command with what it works with. Commands are loaded when they run. */
export type Run = (command: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;
