import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { cliErrors } from "#errors";
import type { RunPulumi } from "./pulumi-engine.ts";

/** Starts the Pulumi CLI. What it prints for people is told line by line; Ctrl-C lets it finish its operation. */
export function pulumiRunner(tell: (line: string) => void): RunPulumi {
  return async (args, env) => {
    const child = spawn("pulumi", [...args, "--color", "never"], { env, stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    const isForPeople = !args.includes("--json");
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      if (isForPeople && line.trim() !== "") tell(line.trim());
    });
    createInterface({ input: child.stderr }).on("line", (line) => tell(line.trim()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) throw cliErrors.EDGE_CLI_PULUMI_FAILED({ command: args[0] ?? "", code: String(code) });
    return lines.join("\n");
  };
}
