import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ClusterTool } from "./cluster-tools.ts";
import { edgectlErrors } from "./errors.ts";

export interface LoadRun {
  readonly env: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

const lastLines = 20;
const longestLine = 500;

/**
 * Loads archives of images into the nodes of a cluster, by the cluster's own program.
 *
 * @throws EDGE_CLI_CLUSTER_TOOL_MISSING, EDGE_CLI_IMAGE_NOT_LOADED
 */
export async function loadIntoCluster(
  { tool, name }: { readonly tool: ClusterTool; readonly name: string },
  archives: readonly string[],
  run: LoadRun,
): Promise<void> {
  for (const archive of archives) {
    run.signal.throwIfAborted();
    const args = tool.load(archive, name);
    run.tell(`${tool.program} ${args.join(" ")}`);
    await runTool(tool, args, archive, run);
  }
}

async function runTool(tool: ClusterTool, args: readonly string[], archive: string, { env, tell, signal }: LoadRun) {
  const child = spawn(tool.program, args, { env, signal, stdio: ["ignore", "pipe", "pipe"] });
  const told: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      told.push(line.slice(0, longestLine));
      if (told.length > lastLines) told.shift();
      tell(line.slice(0, longestLine));
    });
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const { program, cluster } = tool;
      reject(error.code === "ENOENT" ? edgectlErrors.EDGE_CLI_CLUSTER_TOOL_MISSING({ program, cluster }) : error);
    });
    child.on("close", (ended) => resolve(ended ?? 1));
  });
  if (code === 0) return;
  const output = told.join("\n") || "it printed nothing";
  throw edgectlErrors.EDGE_CLI_IMAGE_NOT_LOADED({
    command: `${tool.program} ${args.join(" ")}`,
    archive,
    code,
    output,
  });
}
