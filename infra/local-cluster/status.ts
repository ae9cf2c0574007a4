import { join } from "node:path";
import { clusterApiServer, componentNames } from "./cluster-components.ts";
import { type ClusterState, readState, resolveLayout } from "./cluster-state.ts";
import { apiServerUrl } from "./control-plane/api-server.ts";
import { bootId } from "./host/system.ts";
import { defaultDirectory, type Layout } from "./layout.ts";
import { nodeIsReady } from "./node/node-status.ts";
import { readProbeTls } from "./pki/cluster-pki.ts";
import { isRunning, readRecord } from "./process/process-record.ts";
import type { ClusterOptions, LocalCluster } from "./types.ts";

/** The context of a full cluster's kubeconfig. */
export const clusterContext = "edge-local";

/** Whether one of a cluster's programs runs. */
export interface ComponentStatus {
  readonly name: string;
  readonly pid?: number;
  readonly running: boolean;
}

/** How a local cluster is. */
export interface ClusterStatus {
  /** Whether all its programs run, and its node is ready. */
  readonly running: boolean;
  readonly cluster?: LocalCluster;
  readonly components: readonly ComponentStatus[];
}

/** Tells how the cluster is, to the user who started it. Changes nothing. */
export async function clusterStatus(options: ClusterOptions = {}): Promise<ClusterStatus> {
  const layout = resolveLayout(options.directory ?? defaultDirectory());
  const components = componentStatuses(layout);
  const state = readState(layout);
  if (!state || !(await isHealthy(layout, state))) return { running: false, components };
  return { running: true, cluster: describeCluster(layout, state), components };
}

/** Whether everything of a cluster runs and works. */
export async function isHealthy(layout: Layout, state: ClusterState): Promise<boolean> {
  if (state.kind !== "cluster" || state.bootId !== bootId()) return false;
  if (!componentStatuses(layout).every(({ running }) => running)) return false;
  return nodeIsReady(apiServerUrl(clusterApiServer(state)), readProbeTls(layout));
}

export function componentStatuses(layout: Layout): ComponentStatus[] {
  return componentNames.map((name) => {
    const record = readRecord(layout.processRecord(name));
    return isRunning(record) ? { name, pid: record.pid, running: true } : { name, running: false };
  });
}

export function describeCluster(
  { directory, kubeconfig, auditLog }: Layout,
  { binaries, ipFamilies }: ClusterState,
): LocalCluster {
  return { directory, kubeconfig, context: clusterContext, kubectl: join(binaries, "kubectl"), auditLog, ipFamilies };
}
