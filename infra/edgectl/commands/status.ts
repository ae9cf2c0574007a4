import { describeWaiting, namespacesOf, readInstallations, render, resolveTarget } from "../../deploy/index.ts";
import { connect } from "../../kubernetes/index.ts";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { formatInstallations } from "../installation-table.ts";

export interface StatusFlags {
  readonly stack?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly json: boolean;
}

/** `edgectl status`: ends with 1 when something is not as it should be, or when there is no installation at all. */
export async function statusCommand(flags: StatusFlags, context: CommandContext): Promise<ExitCode> {
  const target = await resolveTarget(context.projectDirectory, flags);
  const namespaces = flags.stack === undefined ? undefined : await namespacesOfStack(flags.stack, context);
  const installations = await readInstallations(await connect(target), namespaces);
  const ready = installations.length > 0 && installations.every((installation) => installation.ready);
  if (flags.json) {
    await context.output.json({ context: target.context, ready, installations });
  } else if (installations.length === 0) {
    await context.output.write(`There is no installation in ${target.context}.\n`);
  } else {
    await context.output.write(formatInstallations(installations));
    const waiting = describeWaiting(installations);
    if (waiting.length > 0) await context.output.write(`\nNot ready:\n${waiting.join("\n")}\n`);
  }
  return ready ? 0 : 1;
}

async function namespacesOfStack(stack: string, context: CommandContext): Promise<readonly string[]> {
  const rendered = await render(context, stack, { preview: true, keptState: false });
  return namespacesOf(rendered.map(({ object }) => object));
}
