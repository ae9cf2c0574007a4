import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  clusterOptions,
  type Deployment,
  deploy,
  describeWarnings,
  type Engine,
  type LiveCall,
  reportOf,
  resolveTarget,
  runSample,
  sampleModules,
  signLive,
  type Target,
} from "../../deploy/index.ts";
import { parseRegistry } from "../../image-copy/index.ts";
import { connect } from "../../kubernetes/index.ts";
import type { IpFamilies } from "../../local-cluster/index.ts";
import { loadProject, readStackImages } from "../../render/index.ts";
import { type CommandContext, commandLine, type ExitCode, noCluster, scriptLine } from "../../terminal/index.ts";
import { toolOfContext } from "../cluster-tools.ts";
import { buildImages, imagesFileOf, pushImages } from "../images.ts";
import { formatInstallations, formatPermissions } from "../installation-table.ts";
import { loadIntoCluster } from "../load-into-cluster.ts";
import { countMessages, formatMessages, type Messages } from "../messages.ts";
import { listPermissions } from "../permission-table.ts";
import { checkFirst } from "./check-first.ts";

export interface StartFlags {
  readonly stack: string;
  /** Of the local cluster. */
  readonly ipFamilies?: IpFamilies;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly registry?: string;
  readonly insecure: boolean;
  readonly engine?: Engine;
  readonly timeout: number;
  readonly json: boolean;
  readonly ignoreChecks: boolean;
}

/** That modules work. */
interface Proof {
  readonly call: LiveCall | undefined;
  readonly messages: readonly Messages[];
}

/** Modules that were just started connect within this, in milliseconds. */
const messagePatience = 30_000;

/** `edgectl start`, which is `npm start`: from nothing to modules that run in a cluster, with proof that they work. */
export async function startCommand(flags: StartFlags, context: CommandContext): Promise<ExitCode> {
  const target = flags.context === undefined ? await startLocally(flags, context) : await useCluster(flags, context);
  const deployment = await deploy(context, {
    ...flags,
    target,
    beforehand: checkFirst(flags, target, context),
  });
  const cluster = await connect(target);
  const { progress } = context;
  const call = await progress.step("Let a module sign", () => signLive(cluster, deployment.installations));
  const messages = await progress.step("See messages pass from module to module", () =>
    countMessages(deployment.installations, {
      askHub: (namespace) => runSample(cluster, namespace, sampleModules.hub, ["messages"]),
      patience: messagePatience,
      sleep,
    }),
  );
  const permissions = listPermissions(deployment.objects);
  if (flags.json) {
    const { engine, installations } = deployment;
    await context.output.json({
      stack: flags.stack,
      context: target.context,
      engine,
      installations: reportOf(installations),
      permissions,
      call,
      messages,
    });
  } else {
    await context.output.write(summary(flags, target, deployment, { call, messages }));
  }
  return 0;
}

/** The local cluster, with the images loaded into it. */
async function startLocally(
  { ipFamilies }: StartFlags,
  { progress, projectDirectory, signal }: CommandContext,
): Promise<Target> {
  const local = await import("../../local-cluster/index.ts");
  const cluster = await progress.step("Start the local cluster", (tell) =>
    local.startCluster({ progress: tell, ...(ipFamilies === undefined ? {} : { ipFamilies }) }),
  );
  signal.throwIfAborted();
  const images = await progress.step("Build images", (tell) =>
    buildImages(imagesFileOf(projectDirectory), {}, { tell, signal }),
  );
  await progress.step("Load images", async (tell) => {
    for (const { archive } of images) {
      signal.throwIfAborted();
      await local.loadImage(cluster, archive, { progress: tell });
    }
  });
  const { context, kubeconfig, kubectl } = cluster;
  return { kind: "local", context, kubeconfig, kubectl };
}

/** The named cluster. One for development gets the images by its own tool; others pull them from a registry themselves. */
async function useCluster(flags: StartFlags, context: CommandContext): Promise<Target> {
  const target = await resolveTarget(context.projectDirectory, flags);
  const { insecure } = flags;
  const { progress, signal, projectDirectory } = context;
  const built = imagesFileOf(projectDirectory);
  if (flags.registry !== undefined) {
    const registry = parseRegistry(flags.registry);
    await progress.step(`Push images to ${registry}`, (tell) =>
      pushImages(built, { registry, insecure }, { tell, signal }),
    );
    return target;
  }
  const { file } = await readStackImages(await loadProject(projectDirectory, flags.stack));
  const named = file === undefined ? undefined : resolve(projectDirectory, file);
  const found = toolOfContext(target.context);
  // A stack that names images of its own gets those.
  if (found !== undefined && named === built) await buildAndLoad(found, context);
  else progress.note(`Using the images of ${named ?? `stack ${flags.stack}`}; pass --registry to build and push them.`);
  return target;
}

async function buildAndLoad(
  found: NonNullable<ReturnType<typeof toolOfContext>>,
  { env, progress, signal, projectDirectory }: CommandContext,
): Promise<void> {
  const images = await progress.step("Build images", (tell) =>
    buildImages(imagesFileOf(projectDirectory), {}, { tell, signal }),
  );
  const archives = images.map(({ archive }) => archive);
  await progress.step(`Load images into ${found.tool.cluster}`, (tell) =>
    loadIntoCluster(found, archives, { env, tell, signal }),
  );
  if (found.tool.thisNodeOnly) progress.note("The node of this machine alone has the images; others need --registry.");
}

function summary(flags: StartFlags, target: Target, deployment: Deployment, { call, messages }: Proof): string {
  const warnings = describeWarnings(deployment.installations, deployment.warned);
  return [
    `\nStack ${flags.stack} runs in ${target.context}.\n`,
    `What runs\n${formatInstallations(deployment.installations)}`,
    ...(warnings.length === 0 ? [] : [`Warnings\n${warnings.join("\n")}\n`]),
    `Who may do what\n${formatPermissions(listPermissions(deployment.objects))}`,
    ...(call === undefined ? [] : [liveCall(call)]),
    ...(messages.length === 0 ? [] : [`Messages, by MQTT over TLS\n${formatMessages(messages)}`]),
    `Next\n${nextCommands(flags.stack, target)
      .map((line) => `  ${line}\n`)
      .join("")}`,
  ].join("\n");
}

function liveCall({ namespace, module, moduleId, data, digest }: LiveCall): string {
  return [
    "A live call",
    `  ${namespace}/${module} -> proxy -> iotedged -> TokenReview -> signed digest`,
    `  module  ${moduleId}`,
    `  data    ${data}`,
    `  digest  ${digest}\n`,
  ].join("\n");
}

/** What to type next: each as it stands, for this stack and this cluster. */
export function nextCommands(stack: string, target: Target): readonly string[] {
  const cluster = clusterOptions(target);
  const env = commandLine(["cluster", "env"], noCluster);
  return [
    commandLine(["status"], cluster),
    commandLine(["render", "--stack", stack], noCluster),
    scriptLine("stop", stack === "local" ? [] : ["--stack", stack], cluster),
    ...(target.kind === "local" ? [`eval "$(${env})"  # kubectl then works on it`] : []),
  ];
}
