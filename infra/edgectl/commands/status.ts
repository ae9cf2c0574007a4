import {
  describeWaiting,
  describeWarnings,
  hintsWithin,
  namespacesOf,
  readFindings,
  readInstallations,
  render,
  reportOf,
  resolveTarget,
  withLastLines,
} from "../../deploy/index.ts";
import { connect, createStreamer } from "../../kubernetes/index.ts";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { formatHubs, formatInstallations } from "../installation-table.ts";

export interface StatusFlags {
  readonly stack?: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly json: boolean;
}

/** `edgectl status`: ends with 1 when something is not as it should be, or when there is no installation at all. */
export async function statusCommand(flags: StatusFlags, context: CommandContext): Promise<ExitCode> {
  const { signal } = context;
  const target = await resolveTarget(context.projectDirectory, flags);
  const objects = flags.stack === undefined ? undefined : await declaredBy(flags.stack, context);
  const namespaces = wantedNamespaces(flags, objects && namespacesOf(objects));
  const hints = await hintsWithin(context.projectDirectory, target, flags.stack);
  const cluster = await connect(target);
  const seen = await readInstallations(cluster, namespaces, hints);
  const whole = await withLastLines(createStreamer(cluster.config), seen, signal);
  const installations = await readFindings(cluster, whole, { namespaces, objects, hints });
  const ready = installations.length > 0 && installations.every((installation) => installation.ready);
  if (flags.json) {
    await context.output.json({ context: target.context, ready, installations: reportOf(installations) });
  } else if (installations.length === 0) {
    await context.output.write(`There is no installation in ${target.context}.\n`);
  } else {
    await context.output.write(formatInstallations(installations));
    const hubs = formatHubs(installations);
    if (hubs.length > 0) await context.output.write(`\nIoT Hub:\n${hubs.join("\n")}\n`);
    const waiting = describeWaiting(installations);
    if (waiting.length > 0) await context.output.write(`\nNot ready:\n${waiting.join("\n")}\n`);
    const warnings = describeWarnings(installations);
    if (warnings.length > 0) await context.output.write(`\nWarnings:\n${warnings.join("\n")}\n`);
  }
  return ready ? 0 : 1;
}

/** What the program warns of is read from EdgeAgent's report instead. */
async function declaredBy(stack: string, context: CommandContext) {
  const rendered = await render(context, stack, { preview: true, keptState: false, quiet: true });
  return rendered.map(({ object }) => object);
}

function wantedNamespaces({ namespace }: StatusFlags, ofStack: readonly string[] | undefined) {
  if (namespace === undefined) return ofStack;
  return ofStack === undefined || ofStack.includes(namespace) ? [namespace] : [];
}
