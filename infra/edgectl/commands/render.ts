import { render } from "../../deploy/index.ts";
import { formatJson, formatYaml, type RenderedObject, toManifest, writeManifestDirectory } from "../../render/index.ts";
import { type CommandContext, type ExitCode, terminalErrors } from "../../terminal/index.ts";

export interface RenderFlags {
  readonly stack: string;
  readonly output: "yaml" | "json";
  readonly out?: string;
  readonly showSecrets: boolean;
  readonly makeKeys: boolean;
  readonly clusterObjects: boolean;
}

/**
 * `edgectl render`. It shows the keys and certificates that a deployment has kept in `.edge/state`, and makes none: who
 * deploys the stack makes them, and that may be Pulumi.
 */
export async function renderCommand(flags: RenderFlags, context: CommandContext): Promise<ExitCode> {
  const rendered = flags.clusterObjects
    ? await clusterObjectsOf(context, flags.stack)
    : await render(context, flags.stack, { preview: !flags.makeKeys });
  const objects = rendered.map((item) => toManifest(item, { showSecrets: flags.showSecrets }));
  if (flags.out === undefined) {
    await context.output.write(flags.output === "json" ? formatJson(objects) : await formatYaml(objects));
    return 0;
  }
  const { written, removed } = await writeManifestDirectory(flags.out, objects).catch((cause) => {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    const problem = String(cause.code);
    throw terminalErrors.EDGE_CLI_OUTPUT({ file: flags.out ?? "", problem }, { cause });
  });
  context.progress.note(`${flags.out}: ${written.length} files written, ${removed.length} removed`);
  return 0;
}

/** Cluster-scoped objects of a stack, whoever makes them. No key is needed for them. */
async function clusterObjectsOf(context: CommandContext, stack: string): Promise<readonly RenderedObject[]> {
  const overrides = { "iotedge:clusterObjects": "managed" };
  const rendered = await render(context, stack, { preview: true, keptState: false, overrides });
  return rendered.filter(({ object }) => object.metadata.namespace === undefined);
}
