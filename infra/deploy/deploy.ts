import type { KubeConfig } from "@kubernetes/client-node";
import { objectNames } from "#contract";
import { type Cluster, connect, createSender, createStreamer, requireSupportedServer } from "../kubernetes/index.ts";
import {
  type KubernetesObject,
  type RenderedObject,
  type Rendering,
  type RenderOptions,
  renderStack,
} from "../render/index.ts";
import { stackStorage, storageToLookAt } from "../state/index.ts";
import type { CommandContext } from "../terminal/index.ts";
import { applyStack } from "./apply-stack.ts";
import { claimRoots } from "./claim-roots.ts";
import { deleteStack } from "./delete-stack.ts";
import { chooseEngine, type Engine } from "./engine.ts";
import { forgetUnusedKeys } from "./forget-unused-keys.ts";
import { hintsFor } from "./hints.ts";
import type { InstallationState } from "./installation-state.ts";
import { withLastLines } from "./last-log-line.ts";
import { type PulumiStack, pulumiDestroy, pulumiUp } from "./pulumi-engine.ts";
import { readFindings } from "./read-findings.ts";
import { readInstallations } from "./read-installations.ts";
import { recordNamespaceOf } from "./record-namespace.ts";
import { pulumiRunner } from "./run-pulumi.ts";
import type { Target } from "./target.ts";
import { guardTrust } from "./trust-guard.ts";
import { waitReady } from "./wait-ready.ts";

export interface DeployOptions {
  readonly stack: string;
  readonly target: Target;
  readonly engine?: Engine | undefined;
  /** Seconds to wait for readiness. */
  readonly timeout: number;
  readonly adopt?: boolean | undefined;
  /** Called before anything is written; what it throws ends the deployment. */
  readonly beforehand?: ((about: PlannedDeployment) => Promise<void>) | undefined;
}

/** What is known before anything is written. */
export interface PlannedDeployment {
  readonly cluster: Cluster & { readonly config: KubeConfig };
  readonly engine: Engine;
  readonly objects: readonly KubernetesObject[];
}

export interface Deployment {
  readonly engine: Engine;
  readonly objects: readonly KubernetesObject[];
  readonly installations: readonly InstallationState[];
  /** What the program has warned of before the deployment: it was told already. */
  readonly warned: readonly string[];
}

/** Deploys the stack and waits until all of it runs. */
export async function deploy(context: CommandContext, options: DeployOptions): Promise<Deployment> {
  const { progress, signal } = context;
  const { target, stack, timeout } = options;
  const hints = hintsFor(target, stack);
  let before: readonly InstallationState[] = [];
  const { cluster, engine, objects, warned } = await deployObjects(context, options, async (planned) => {
    before = await readInstallations(planned.cluster, namespacesOf(planned.objects), hints);
    await options.beforehand?.(planned);
  });
  const namespaces = namespacesOf(objects);
  const open = createStreamer(cluster.config);
  const ready = await progress.step("Wait until everything runs", (tell) =>
    waitReady(cluster, {
      namespaces,
      timeout,
      hints,
      status: hints.edgectl(["status", "--stack", stack]),
      before,
      complete: (states) => withLastLines(open, states, signal),
      progress: tell,
      signal,
    }),
  );
  const installations = await readFindings(cluster, ready, { namespaces, objects, hints });
  return { engine, objects, installations, warned };
}

/** Deploys the stack without waiting for anything to run. */
export async function deployObjects(
  context: CommandContext,
  options: DeployOptions,
  beforehand: (planned: PlannedDeployment) => Promise<void> = async () => {},
) {
  const { progress, signal } = context;
  const { stack, target } = options;
  const cluster = await connect(target);
  await requireSupportedServer(createSender(cluster.config), cluster);
  const recordNamespace = await recordNamespaceOf(context.projectDirectory, stack);
  const engine = await chooseEngine(options.engine, cluster, { stack, env: context.env, recordNamespace });
  const accept = async (all: readonly RenderedObject[]) => {
    const objects = all.map(({ object }) => object);
    await beforehand({ cluster, engine, objects });
    // Pulumi's own lock lets one of several deploy a stack.
    if (engine === "pulumi") await guardTrust(cluster, objects, Date.now());
    else await claimRoots(cluster, { stack, recordNamespace, objects }, Date.now());
  };
  // With Pulumi the keys are in its own state, and those of `.edge/state`, if any, are others. The preview still says
  // which objects there are.
  const mode = engine === "pulumi" ? ({ preview: true, keptState: false } as const) : {};
  const warned: string[] = [];
  const rendered = await renderAll(context, stack, { ...mode, accept }, (message) => warned.push(message));
  const objects = rendered.objects.map(({ object }) => object);
  const title = `Deploy stack ${stack} to ${target.context}`;
  await progress.step(engine === "pulumi" ? `${title} with Pulumi` : title, async (tell) => {
    if (engine === "pulumi") await pulumiUp(pulumiStack(context, options, tell));
    else await applyStack(cluster, { stack, objects, recordNamespace, adopt: options.adopt, progress: tell, signal });
  });
  await forgetUnusedKeys(engine, context, stack, rendered);
  return { cluster, engine, objects, warned };
}

/** Deletes all that the stack has deployed, by the engine that has deployed it. */
export async function undeploy(context: CommandContext, options: DeployOptions) {
  const { progress, signal } = context;
  const { stack, target, timeout } = options;
  const cluster = await connect(target);
  const recordNamespace = await recordNamespaceOf(context.projectDirectory, stack);
  const engine = await chooseEngine(options.engine, cluster, { stack, env: context.env, recordNamespace });
  const deleted = await progress.step(`Take stack ${stack} down in ${target.context}`, async (tell) => {
    if (engine === "pulumi") await pulumiDestroy(pulumiStack(context, options, tell));
    return deleteStack(cluster, { stack, recordNamespace, timeout, progress: tell, signal });
  });
  return { engine, deleted };
}

/** Namespaces of the stack's installations. */
export function namespacesOf(objects: readonly KubernetesObject[]): readonly string[] {
  return objects
    .filter(({ kind, metadata }) => kind === "Deployment" && metadata.name === objectNames.iotedged)
    .map(({ metadata }) => metadata.namespace ?? "default");
}

type RenderMode = Pick<RenderOptions, "preview" | "keptState" | "accept" | "overrides"> & {
  /** Leaves out what the program warns of. */
  readonly quiet?: boolean;
};

/** Renders the stack, and passes on what the program warns of. */
export async function render(
  context: CommandContext,
  stack: string,
  mode: RenderMode,
): Promise<readonly RenderedObject[]> {
  return (await renderAll(context, stack, mode)).objects;
}

async function renderAll(
  context: CommandContext,
  stack: string,
  { quiet, ...mode }: RenderMode,
  warned: (message: string) => void = () => {},
): Promise<Rendering> {
  const { projectDirectory, progress } = context;
  const kept = await keptState(context, stack, mode);
  const rendering = await renderStack({
    projectDirectory,
    stack,
    ...mode,
    ...kept,
    stackTraces: context.env.EDGE_DEBUG === "1",
    log: (severity, message) => {
      if (severity !== "warning" || quiet === true) return;
      warned(message);
      progress.note(`warning: ${message}`);
    },
  });
  const keys = mode.preview === true ? [] : keysIn(rendering.made);
  // Where others have made them already, and nobody has brought them here, this is the time to notice.
  if (keys.length > 0) progress.note(`made new keys, kept in ${kept.storage?.place}: ${keys.join(", ")}`);
  return rendering;
}

/** Where a rendering finds keys, and keeps those that it makes. */
async function keptState(
  { projectDirectory, env, progress }: CommandContext,
  stack: string,
  { preview = false, keptState = true }: RenderMode,
): Promise<Pick<RenderOptions, "storage" | "keptState">> {
  if (!keptState) return { keptState };
  if (!preview) return { storage: await stackStorage(projectDirectory, stack, env) };
  const storage = await storageToLookAt(projectDirectory, stack, env, progress.note);
  return storage === undefined ? { keptState: false } : { storage };
}

/** Names of the private keys among resources. */
function keysIn(urns: readonly string[]): readonly string[] {
  return urns
    .filter((urn) => urn.includes("tls:index/privateKey:PrivateKey::"))
    .map((urn) => urn.slice(urn.lastIndexOf("::") + 2))
    .sort();
}

function pulumiStack(context: CommandContext, options: DeployOptions, tell: (line: string) => void): PulumiStack {
  const { projectDirectory, env, signal } = context;
  return { projectDirectory, env, stack: options.stack, target: options.target, run: pulumiRunner(tell, signal) };
}
