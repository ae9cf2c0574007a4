import { deploy, describeWarnings, type Engine, reportOf, resolveTarget } from "../../deploy/index.ts";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { formatInstallations } from "../installation-table.ts";
import { checkFirst } from "./check-first.ts";

export interface UpFlags {
  readonly stack: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly engine?: Engine;
  readonly timeout: number;
  readonly adopt: boolean;
  readonly json: boolean;
  readonly ignoreChecks: boolean;
}

/** `edgectl up` */
export async function upCommand(flags: UpFlags, context: CommandContext): Promise<ExitCode> {
  const target = await resolveTarget(context.projectDirectory, flags);
  const { engine, objects, installations, warned } = await deploy(context, {
    ...flags,
    target,
    beforehand: checkFirst(flags, target, context),
  });
  if (flags.json) {
    const summary = {
      stack: flags.stack,
      context: target.context,
      engine,
      objects: objects.length,
      installations: reportOf(installations),
    };
    await context.output.json(summary);
  } else {
    await context.output.write(formatInstallations(installations));
    const warnings = describeWarnings(installations, warned);
    if (warnings.length > 0) await context.output.write(`\nWarnings:\n${warnings.join("\n")}\n`);
  }
  return 0;
}
