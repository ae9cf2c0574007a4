import { EdgeError } from "#base";
import { explainPod, hintsFor, resolveTarget } from "../../deploy/index.ts";
import { connect, createStreamer } from "../../kubernetes/index.ts";
import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { moduleErrors } from "../errors.ts";
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
  const { follow = false, previous = false, timestamps = false, tail, since } = flags;
  const target = await resolveTarget(projectDirectory, flags);
  const cluster = await connect(target);
  const found = await findModule(cluster, moduleId, flags.namespace);
  const options = { follow, previous, timestamps, tail, since };
  try {
    await readLog(createStreamer(cluster.config), moduleId, found, options, output.write, signal);
  } catch (error) {
    if (!(error instanceof EdgeError) || error.code !== "EDGE_MODULE_LOG_FAILED") throw error;
    // What has not started has no log: why not is what was asked for.
    const why = await explainPod(cluster, moduleId, found.pods[0], hintsFor(target, {})).catch(() => undefined);
    if (why === undefined) throw error;
    throw moduleErrors.EDGE_MODULE_NOT_RUNNING({ module: moduleId, why: why.message, fix: why.fix }, { cause: error });
  }
  return exitCodes.done;
}
