import { EdgeError } from "#base";
import { explainPod, type Finding, hintsWithin } from "../../deploy/index.ts";
import { createStreamer } from "../../kubernetes/index.ts";
import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { type ChoiceFlags, chooseCluster } from "../chosen-installations.ts";
import { moduleErrors } from "../errors.ts";
import { findModule } from "../find-module.ts";
import { type LogOptions, readLog } from "../read-log.ts";

export type ModuleFlags = ChoiceFlags;

/** `edgectl logs`. */
export async function logsCommand(
  moduleId: string,
  flags: ModuleFlags & Partial<LogOptions>,
  context: CommandContext,
): Promise<ExitCode> {
  const { follow = false, previous = false, timestamps = false, tail, since } = flags;
  const { output, signal } = context;
  const { target, cluster, namespaces } = await chooseCluster(flags, context);
  const found = await findModule(cluster, moduleId, namespaces);
  const options = { follow, previous, timestamps, tail, since };
  let written = 0;
  const write = (chunk: Uint8Array) => {
    written += chunk.byteLength;
    return output.write(chunk);
  };
  // What has not started has no log, or an empty one: why not is what was asked for.
  const why = async () => {
    const hints = await hintsWithin(context.projectDirectory, target, flags.stack);
    return explainPod(cluster, moduleId, found.pods[0], hints).catch(() => undefined);
  };
  try {
    await readLog(createStreamer(cluster.config), moduleId, found, options, write, signal);
  } catch (error) {
    if (!(error instanceof EdgeError) || error.code !== "EDGE_MODULE_LOG_FAILED") throw error;
    throw notRunning(moduleId, await why(), error) ?? error;
  }
  if (written > 0 || signal.aborted) return exitCodes.done;
  const finding = await why();
  // What a finding says to do next may be what was just done.
  if (previous && finding !== undefined) {
    const details = { module: moduleId, why: finding.message, namespace: found.namespace };
    throw moduleErrors.EDGE_MODULE_LOG_EMPTY(details);
  }
  const failure = notRunning(moduleId, finding);
  if (failure !== undefined) throw failure;
  return exitCodes.done;
}

/** Undefined of a module that runs, whether it is healthy or not. */
function notRunning(module: string, finding: Finding | undefined, cause?: EdgeError): EdgeError | undefined {
  if (finding === undefined || finding.id === "not-ready") return undefined;
  const { message, fix } = finding;
  return moduleErrors.EDGE_MODULE_NOT_RUNNING({ module, why: message, fix }, cause && { cause });
}
