import { connect } from "../../apply/index.ts";
import type { CommandContext, ExitCode } from "../../cli/command-context.ts";
import { resolveTarget } from "../../cli/target.ts";
import { findModule } from "../find-module.ts";
import type { ModuleFlags } from "./logs.ts";

/** `edgectl restart`: ends the module's pods; its Deployment starts new ones. */
export async function restartCommand(
  moduleId: string,
  flags: ModuleFlags,
  { projectDirectory, output }: CommandContext,
): Promise<ExitCode> {
  const cluster = await connect(await resolveTarget(projectDirectory, flags));
  const { namespace, pods } = await findModule(cluster, moduleId, flags.namespace);
  for (const pod of pods) {
    await cluster.delete(pod, "Background");
    await output.write(`${namespace}/${pod.metadata.name} ends, and a new pod of module ${moduleId} starts\n`);
  }
  return 0;
}
