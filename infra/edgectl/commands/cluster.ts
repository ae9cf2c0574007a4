import { delimiter, dirname } from "node:path";
import { shellWord } from "#base";
import { deployErrors } from "../../deploy/index.ts";
import {
  buildCluster,
  clusterStatus,
  type IpFamilies,
  type LocalCluster,
  loadImage,
  startCluster,
  stopCluster,
} from "../../local-cluster/index.ts";
import { type CommandContext, type ExitCode, formatTable } from "../../terminal/index.ts";

export interface ClusterFlags {
  readonly json: boolean;
}

export interface ClusterUpFlags extends ClusterFlags {
  readonly ipFamilies?: IpFamilies;
}

/** `edgectl cluster build` */
export async function clusterBuild(context: CommandContext): Promise<ExitCode> {
  await context.progress.step("Build the local cluster", (progress) => buildCluster({ progress }));
  return 0;
}

/** `edgectl cluster up` */
export async function clusterUp({ json, ...flags }: ClusterUpFlags, context: CommandContext): Promise<ExitCode> {
  const cluster = await context.progress.step("Start the local cluster", (progress) =>
    startCluster({ progress, ...flags }),
  );
  if (json) await context.output.json(cluster);
  else await context.output.write(`${cluster.kubeconfig}\n`);
  return 0;
}

/** `edgectl cluster down` */
export async function clusterDown(context: CommandContext): Promise<ExitCode> {
  await context.progress.step("Stop the local cluster", (progress) => stopCluster({ progress }));
  return 0;
}

/** `edgectl cluster status`: ends with 1 when the cluster does not run. */
export async function clusterStatusCommand(flags: ClusterFlags, context: CommandContext): Promise<ExitCode> {
  const status = await clusterStatus();
  if (flags.json) {
    await context.output.json(status);
    return status.running ? 0 : 1;
  }
  const rows = status.components.map(({ name, pid, running }) => [
    name,
    running ? "running" : "stopped",
    `${pid ?? "-"}`,
  ]);
  await context.output.write(formatTable(["COMPONENT", "STATE", "PID"], rows));
  if (status.cluster !== undefined) await context.output.write(`\nkubeconfig: ${status.cluster.kubeconfig}\n`);
  return status.running ? 0 : 1;
}

/** `edgectl cluster env`: what a shell evaluates to have kubectl work on the cluster. */
export async function clusterEnv(context: CommandContext): Promise<ExitCode> {
  const { cluster } = await clusterStatus();
  if (cluster === undefined) throw deployErrors.EDGE_CLI_NO_CLUSTER();
  await context.output.write(shellEnvironment(cluster).join(""));
  return 0;
}

/** A kubectl that the shell has already goes before that of the cluster, as do all other programs. */
export function shellEnvironment({ kubeconfig, kubectl }: Pick<LocalCluster, "kubeconfig" | "kubectl">) {
  return [
    `export KUBECONFIG=${shellWord(kubeconfig)}\n`,
    `export PATH="$PATH"${delimiter}${shellWord(dirname(kubectl))}\n`,
  ];
}

/** `edgectl cluster load` */
export async function clusterLoad(archives: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { cluster } = await clusterStatus();
  if (cluster === undefined) throw deployErrors.EDGE_CLI_NO_CLUSTER();
  for (const archive of archives) {
    await context.progress.step(`Load ${archive}`, (progress) => loadImage(cluster, archive, { progress }));
  }
  return 0;
}
