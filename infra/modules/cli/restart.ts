import { resolveTarget } from "../../deploy/index.ts";
import { connect } from "../../kubernetes/index.ts";
import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { findModule } from "../find-module.ts";
import { restartModule } from "../restart-module.ts";
import type { ModuleFlags } from "./logs.ts";

/** `edgectl restart`: ends the module's pods, or its Job; new ones follow. */
export async function restartCommand(
  moduleId: string,
  flags: ModuleFlags,
  { projectDirectory, output }: CommandContext,
): Promise<ExitCode> {
  const cluster = await connect(await resolveTarget(projectDirectory, flags));
  const found = await findModule(cluster, moduleId, flags.namespace);
  for (const { kind, metadata } of await restartModule(cluster, found)) {
    const what = kind === "Job" ? `Job ${found.namespace}/${metadata.name}` : `${found.namespace}/${metadata.name}`;
    await output.write(`${what} ends, and a new pod of module ${moduleId} starts\n`);
  }
  return exitCodes.done;
}
