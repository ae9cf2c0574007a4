import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { imagesErrors } from "./errors.ts";

const shownOutput = 2000;

/** Runs programs of the machine, and tells the user what takes long. */
export interface Toolbox {
  /**
   * Runs a program to its end and resolves with its standard output.
   *
   * @throws EDGE_IMAGES_COMMAND_FAILED with the end of what it wrote
   */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<string>;
  /** One line for the user. */
  say(line: string): void;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A toolbox that runs real programs.
 *
 * @param options.cache directory that the remedy of failures names
 * @param options.signal ends the program that runs
 */
export function createToolbox(options: {
  readonly cache: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}): Toolbox {
  const { cache, say, signal: stop } = options;
  return {
    say,
    async run(program, args, { cwd, environment } = {}) {
      const child = spawn(program, args, {
        stdio: ["ignore", "pipe", "pipe"],
        signal: stop,
        env: { ...process.env, LC_ALL: "C.UTF-8", ...environment },
        ...(cwd === undefined ? {} : { cwd }),
      });
      const exit = once(child, "close");
      const [output, problems, [status, signal]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
      if (status === 0) return output;
      throw imagesErrors.EDGE_IMAGES_COMMAND_FAILED({
        command: [program, ...args].join(" "),
        status: status ?? signal,
        output: (problems || output).trim().slice(-shownOutput),
        cache,
      });
    },
  };
}
