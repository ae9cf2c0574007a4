import { fileURLToPath } from "node:url";
import { type Outcome, type RunOptions, runProgram } from "./run-program.ts";

const main = fileURLToPath(new URL("../../infra/cli/main.ts", import.meta.url));

/** Runs edgectl as a user would, by the Node that runs the tests. */
export function edgectl(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return runProgram(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], options);
}
