import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { chooseCluster } from "../chosen-installations.ts";
import { findModule } from "../find-module.ts";
import { restartModule } from "../restart-module.ts";
import type { ModuleFlags } from "./logs.ts";

/** `edgectl restart`: ends the module's pods, or its Job; new ones follow. */
export async function restartCommand(moduleId: string, flags: ModuleFlags, context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const { cluster, namespaces } = await chooseCluster(flags, context);
  const found = await findModule(cluster, moduleId, namespaces);
  for (const { kind, metadata } of await restartModule(cluster, found)) {
    const what = kind === "Job" ? `Job ${found.namespace}/${metadata.name}` : `${found.namespace}/${metadata.name}`;
    await output.write(`${what} ends, and a new pod of module ${moduleId} starts\n`);
  }
  return exitCodes.done;
}
