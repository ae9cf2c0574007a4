import { connect, createStreamer } from "../../apply/index.ts";
import type { CommandContext, ExitCode } from "../../cli/command-context.ts";
import { resolveTarget } from "../../cli/target.ts";
import { findModule } from "../find-module.ts";
import { type LogOptions, readLog } from "../read-log.ts";

export interface ModuleFlags {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** `edgectl logs`. */
export async function logsCommand(
  moduleId: string,
  flags: ModuleFlags & Partial<LogOptions>,
  { projectDirectory, output, signal }: CommandContext,
): Promise<ExitCode> {
  const { follow = false, timestamps = false, tail, since } = flags;
  const cluster = await connect(await resolveTarget(projectDirectory, flags));
  const found = await findModule(cluster, moduleId, flags.namespace);
  await readLog(
    createStreamer(cluster.config),
    moduleId,
    found,
    { follow, timestamps, tail, since },
    output.write,
    signal,
  );
  return 0;
}
