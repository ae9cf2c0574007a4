import { objectNames } from "#contract";
import { connect } from "../kubernetes/index.ts";
import {
  type KubernetesObject,
  type RenderedObject,
  type Rendering,
  type RenderOptions,
  renderStack,
} from "../render/index.ts";
import type { CommandContext } from "../terminal/index.ts";
import { applyStack } from "./apply-stack.ts";
import { deleteStack } from "./delete-stack.ts";
import { chooseEngine, type Engine } from "./engine.ts";
import { forgetUnusedKeys } from "./forget-unused-keys.ts";
import type { InstallationState } from "./installation-state.ts";
import { type PulumiStack, pulumiDestroy, pulumiUp } from "./pulumi-engine.ts";
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
}

export interface Deployment {
  readonly engine: Engine;
  readonly objects: readonly KubernetesObject[];
  readonly installations: readonly InstallationState[];
}

/** Deploys the stack and waits until all of it runs. */
export async function deploy(context: CommandContext, options: DeployOptions): Promise<Deployment> {
  const { cluster, engine, objects } = await deployObjects(context, options);
  const { progress, signal } = context;
  const namespaces = namespacesOf(objects);
  const installations = await progress.step("Wait until everything runs", (tell) =>
    waitReady(cluster, { namespaces, timeout: options.timeout, progress: tell, signal }),
  );
  return { engine, objects, installations };
}

/** Deploys the stack without waiting for anything to run. */
export async function deployObjects(context: CommandContext, options: DeployOptions) {
  const { progress, signal } = context;
  const { stack, target } = options;
  const cluster = await connect(target);
  const engine = await chooseEngine(options.engine, cluster, stack, context.env);
  const accept = async (all: readonly RenderedObject[]) =>
    guardTrust(
      cluster,
      all.map(({ object }) => object),
      Date.now(),
    );
  // With Pulumi the keys are in its own state, and those of `.edge/state`, if any, are others. The preview still says
  // which objects there are.
  const mode = engine === "pulumi" ? ({ preview: true, keptState: false } as const) : {};
  const rendered = await renderAll(context, stack, { ...mode, accept });
  const objects = rendered.objects.map(({ object }) => object);
  const title = `Deploy stack ${stack} to ${target.context}`;
  await progress.step(engine === "pulumi" ? `${title} with Pulumi` : title, async (tell) => {
    if (engine === "pulumi") await pulumiUp(pulumiStack(context, options, tell));
    else await applyStack(cluster, { stack, objects, adopt: options.adopt, progress: tell, signal });
  });
  await forgetUnusedKeys(engine, { projectDirectory: context.projectDirectory, stack }, rendered);
  return { cluster, engine, objects };
}

/** Deletes all that the stack has deployed, by the engine that has deployed it. */
export async function undeploy(context: CommandContext, options: DeployOptions) {
  const { progress, signal } = context;
  const { stack, target, timeout } = options;
  const cluster = await connect(target);
  const engine = await chooseEngine(options.engine, cluster, stack, context.env);
  const deleted = await progress.step(`Take stack ${stack} down in ${target.context}`, async (tell) => {
    if (engine === "pulumi") await pulumiDestroy(pulumiStack(context, options, tell));
    return deleteStack(cluster, { stack, timeout, progress: tell, signal });
  });
  return { engine, deleted };
}

/** Namespaces of the stack's installations. */
export function namespacesOf(objects: readonly KubernetesObject[]): readonly string[] {
  return objects
    .filter(({ kind, metadata }) => kind === "Deployment" && metadata.name === objectNames.iotedged)
    .map(({ metadata }) => metadata.namespace ?? "default");
}

type RenderMode = Pick<RenderOptions, "preview" | "keptState" | "accept">;

/** Renders the stack, and passes on what the program warns of. */
export async function render(
  context: CommandContext,
  stack: string,
  mode: RenderMode,
): Promise<readonly RenderedObject[]> {
  return (await renderAll(context, stack, mode)).objects;
}

function renderAll(context: CommandContext, stack: string, mode: RenderMode): Promise<Rendering> {
  return renderStack({
    projectDirectory: context.projectDirectory,
    stack,
    ...mode,
    stackTraces: context.env.EDGE_DEBUG === "1",
    log: (severity, message) => {
      if (severity === "warning") context.progress.note(`warning: ${message}`);
    },
  });
}

function pulumiStack(context: CommandContext, options: DeployOptions, tell: (line: string) => void): PulumiStack {
  const { projectDirectory, env, signal } = context;
  return { projectDirectory, env, stack: options.stack, target: options.target, run: pulumiRunner(tell, signal) };
}
