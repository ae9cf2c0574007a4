import { resolveTarget } from "../../deploy/index.ts";
import { connect, createStreamer } from "../../kubernetes/index.ts";
import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
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
  return exitCodes.done;
}
