import { fileURLToPath } from "node:url";
import { type Outcome, type RunOptions, runProgram } from "./run-program.ts";

/** The program, for tests that need its process. */
export const edgectlMain = fileURLToPath(new URL("../../infra/edgectl/main.ts", import.meta.url));

/** Runs edgectl as a user would, by the Node that runs the tests. */
export function edgectl(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return runProgram(process.execPath, ["--disable-warning=ExperimentalWarning", edgectlMain, ...args], options);
}
