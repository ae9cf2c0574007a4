import { type Engine, resolveTarget, undeploy } from "../../deploy/index.ts";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";

export interface DownFlags {
  readonly stack: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly engine?: Engine;
  readonly timeout: number;
  readonly json: boolean;
}

/** `edgectl down` */
export async function downCommand(flags: DownFlags, context: CommandContext): Promise<ExitCode> {
  const target = await resolveTarget(context.projectDirectory, flags);
  const { engine, deleted } = await undeploy(context, { ...flags, target });
  if (flags.json) {
    await context.output.json({ stack: flags.stack, context: target.context, engine, deleted });
    return 0;
  }
  const nothing = engine === "render" && deleted === 0;
  await context.output.write(
    nothing ? `Stack ${flags.stack} has nothing in ${target.context}.\n` : `Stack ${flags.stack} is down.\n`,
  );
  return 0;
}
