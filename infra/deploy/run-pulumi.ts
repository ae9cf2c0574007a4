import { cancelCommand } from "./cancel-command.ts";
import { deployErrors } from "./errors.ts";
import type { RunPulumi } from "./pulumi-engine.ts";
import { describeLock } from "./pulumi-lock.ts";
import { runPulumi } from "./pulumi-process.ts";

/** Starts the Pulumi CLI. What it prints for people is told line by line; Ctrl-C lets it finish what it is writing. */
export function pulumiRunner(tell: (line: string) => void, signal?: AbortSignal): RunPulumi {
  return async (args, env) => {
    const isForPeople = !args.includes("--json");
    const stdout = lineTeller((line) => isForPeople && tell(line));
    const stderr = lineTeller(tell);
    const result = await runPulumi({
      args: [...args, "--color", "never"],
      env,
      signal,
      onStdout: stdout.take,
      onStderr: stderr.take,
    });
    stdout.end();
    stderr.end();
    signal?.throwIfAborted();
    const { code } = result;
    const holder = code === 0 ? undefined : describeLock(result.stderr);
    // The cause tells whether the lock was left behind.
    if (holder !== undefined)
      throw deployErrors.EDGE_CLI_PULUMI_LOCKED(
        { holder, cancel: cancelCommand(args, env) },
        { cause: new Error(result.stderr) },
      );
    if (code !== 0) throw deployErrors.EDGE_CLI_PULUMI_FAILED({ command: args[0] ?? "", code: String(code) });
    return result.stdout;
  };
}

/** Tells each line that is not blank once it is complete. */
function lineTeller(tell: (line: string) => void) {
  let rest = "";
  const take = (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") tell(line.trim());
  };
  return { take, end: () => take("\n") };
}
