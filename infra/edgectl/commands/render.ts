import { EdgeError } from "#base";
import { render } from "../../deploy/index.ts";
import {
  formatJson,
  formatYaml,
  loadProject,
  type RenderedObject,
  toManifest,
  writeManifestDirectory,
} from "../../render/index.ts";
import { type CommandContext, type ExitCode, terminalErrors } from "../../terminal/index.ts";

export interface RenderFlags {
  readonly stack: string;
  readonly output: "yaml" | "json";
  readonly out?: string;
  readonly showSecrets: boolean;
  readonly makeKeys: boolean;
  readonly clusterObjects: boolean;
  readonly gitops?: string;
  readonly readme?: boolean;
  readonly push?: string;
  readonly source?: string;
  readonly revision?: string;
  readonly insecure?: boolean;
  readonly sopsAge?: readonly string[];
}

/**
 * `edgectl render`. It shows the keys and certificates that a deployment has kept in `.edge/state`, and makes none: who
 * deploys the stack makes them, and that may be Pulumi.
 */
export async function renderCommand(flags: RenderFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.gitops !== undefined) return renderForGitops(flags, flags.gitops, context);
  const without = forGitops.find(([key]) => flags[key] !== undefined && flags[key] !== false);
  if (without !== undefined) {
    const problem = `${without[1]} says how a folder for GitOps is made: name it by --gitops DIR`;
    throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "render " });
  }
  const rendered = flags.clusterObjects
    ? await clusterObjectsOf(context, flags.stack)
    : await render(context, flags.stack, { preview: !flags.makeKeys });
  const objects = rendered.map((item) => toManifest(item, { showSecrets: flags.showSecrets }));
  if (flags.out === undefined) {
    await context.output.write(flags.output === "json" ? formatJson(objects) : await formatYaml(objects));
    return 0;
  }
  const { written, removed } = await writeManifestDirectory(flags.out, objects).catch(unwritable(flags.out));
  context.progress.note(`${flags.out}: ${written.length} files written, ${removed.length} removed`);
  return 0;
}

/** What means something with `--gitops` alone. */
const forGitops = [
  ["push", "--push"],
  ["sopsAge", "--sops-age"],
  ["readme", "--readme"],
  ["source", "--source"],
  ["revision", "--revision"],
  ["insecure", "--insecure"],
] as const;

async function renderForGitops(flags: RenderFlags, directory: string, context: CommandContext): Promise<ExitCode> {
  const { folderFiles, keyFiles, pushArtifact, readTarget, renderKeyless, writeManifestFolder } = await import(
    "../../gitops/index.ts"
  );
  const { push, insecure = false, source, revision } = flags;
  if (push !== undefined) readTarget(push);
  const { projectDirectory, progress, env } = context;
  const { stack, clusterObjects, readme = false } = flags;
  const { name, config } = await loadProject(projectDirectory, stack);
  const installations = clusterObjects ? undefined : config.get("iotedge:installations");
  const making = { recipients: flags.sopsAge ?? [], now: Date.now(), signal: context.signal };
  const keys = await keyFiles(directory, { installations, ...making }).catch(unwritable(directory));
  const objects = await renderKeyless({
    projectDirectory,
    stack,
    clusterObjects,
    stackTraces: env.EDGE_DEBUG === "1",
    log: (severity, message) => void (severity === "warning" && progress.note(`warning: ${message}`)),
  });
  const owner = `stack ${name}/${stack}${clusterObjects ? ", cluster-scoped objects" : ""}`;
  const files = await folderFiles(objects, { owner, readme, keyFiles: keys.map((file) => file.name) });
  const change = await writeManifestFolder(directory, owner, files).catch(unwritable(directory));
  const { written, removed } = change;
  progress.note(`${directory}: ${change.files.length} files, ${written.length} written, ${removed.length} removed`);
  if (push === undefined) return 0;
  const origin = { ...(source === undefined ? {} : { source }), ...(revision === undefined ? {} : { revision }) };
  const pushed = await pushArtifact([...keys, ...files], { to: push, insecure, signal: context.signal, ...origin });
  await context.output.write(`${pushed}\n`);
  return 0;
}

/** The system's own errors have codes like ENOSPC; those of edgectl say all themselves. */
function unwritable(file: string) {
  return (cause: unknown): never => {
    if (cause instanceof EdgeError || !(cause instanceof Error) || !("code" in cause)) throw cause;
    throw terminalErrors.EDGE_CLI_OUTPUT({ file, problem: String(cause.code) }, { cause });
  };
}

/** Cluster-scoped objects of a stack, whoever makes them. No key is needed for them. */
async function clusterObjectsOf(context: CommandContext, stack: string): Promise<readonly RenderedObject[]> {
  const overrides = { "iotedge:clusterObjects": "managed" };
  const rendered = await render(context, stack, { preview: true, keptState: false, overrides });
  return rendered.filter(({ object }) => object.metadata.namespace === undefined);
}
