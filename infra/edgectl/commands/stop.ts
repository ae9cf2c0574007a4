import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { clusterDown } from "./cluster.ts";
import { type DownFlags, downCommand } from "./down.ts";

/**
 * `edgectl stop`, which is `npm stop`. The local cluster goes with all that is in it; of a named one only the stack
 * goes.
 */
export async function stopCommand(flags: DownFlags, context: CommandContext): Promise<ExitCode> {
  return flags.context === undefined ? clusterDown(context) : downCommand(flags, context);
}
