import { spawn } from "node:child_process";
import { edgectlMain } from "./edgectl.ts";

/**
 * Runs edgectl and kills it as soon as its output matches.
 *
 * @returns whether it was killed; false when it ended before
 */
export async function killAt(args: readonly string[], pattern: RegExp, cwd = process.cwd()): Promise<boolean> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", edgectlMain, ...args], { cwd });
  let output = "";
  let killed = false;
  const read = (chunk: Buffer) => {
    output += chunk.toString("utf8");
    if (killed || !pattern.test(output)) return;
    killed = true;
    child.kill("SIGKILL");
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  await new Promise((resolve) => child.once("close", resolve));
  return killed;
}
