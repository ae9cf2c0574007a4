import { join } from "node:path";
import { ensureBinaries } from "../build/build.ts";
import {
  keepLogs,
  readState,
  removeDirectory,
  removeKeptLogs,
  requireClusterDirectory,
  resolveLayout,
  writeState,
} from "../cluster-state.ts";
import { killClusterProcesses } from "../host/cluster-processes.ts";
import { anyFreePort } from "../host/ports.ts";
import { bootId } from "../host/system.ts";
import type { Layout } from "../layout.ts";
import { ensurePki } from "../pki/cluster-pki.ts";
import { ensureReady, stopComponent } from "../process/component.ts";
import type { ControlPlane, Progress } from "../types.ts";
import { apiServer, apiServerUrl, configureApiServer } from "./api-server.ts";
import { controllerManager } from "./controller-manager.ts";
import { etcd } from "./etcd.ts";

const context = "edge-control-plane";
/** Milliseconds that a component gets to end by itself. Short: whatever it might still save is thrown away. */
const grace = 1_500;

/**
 * Starts etcd, kube-apiserver and kube-controller-manager on 127.0.0.1: the whole API, but no pod ever runs. Needs no
 * root; any number may run at once, each in a directory of its own. What an earlier one left in the directory goes. They end
 * with this process, also where Ctrl-C leaves it no time to stop them.
 *
 * @throws what `buildCluster` throws; EDGE_CLUSTER_PATH_TOO_LONG, EDGE_CLUSTER_DIRECTORY_FOREIGN,
 * EDGE_CLUSTER_COMPONENT_FAILED
 */
export async function startControlPlane(options: {
  readonly directory: string;
  readonly progress?: Progress;
  /** Folder of an API server and a controller manager of another version. @default the local cluster's */
  readonly kubernetes?: string | undefined;
}): Promise<ControlPlane> {
  const progress = options.progress ?? (() => undefined);
  const binaries = await ensureBinaries(progress);
  const layout = resolveLayout(options.directory);
  requireClusterDirectory(layout);
  if (readState(layout)) await stop(layout);
  const start = performance.now();
  const port = await anyFreePort();
  writeState(layout, { kind: "control-plane", bootId: bootId(), binaries, port, ipFamilies: "ipv4" });
  try {
    await bringUp(layout, { binaries, kubernetes: options.kubernetes ?? binaries }, port);
  } catch (error) {
    keepLogs(layout);
    await stop(layout);
    throw error;
  }
  removeKeptLogs(layout);
  progress(`Control plane ready on port ${port} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  const { kubeconfig, auditLog } = layout;
  return { kubeconfig, context, kubectl: join(binaries, "kubectl"), auditLog, port, stop: () => stop(layout) };
}

async function bringUp(
  layout: Layout,
  { binaries, kubernetes }: { readonly binaries: string; readonly kubernetes: string },
  port: number,
): Promise<void> {
  const listen = { address: "127.0.0.1", port, advertised: false };
  await ensurePki(layout, { context, server: apiServerUrl(listen), node: false });
  configureApiServer(layout);
  const components = [
    etcd(layout, binaries),
    apiServer(layout, kubernetes, listen),
    controllerManager(layout, kubernetes, { server: apiServerUrl(listen) }),
  ];
  for (const component of components) await ensureReady(layout, { ...component, endsWithStarter: true });
}

async function stop(layout: Layout): Promise<void> {
  await Promise.all(["kube-controller-manager", "kube-apiserver"].map((name) => stopComponent(layout, name, grace)));
  await stopComponent(layout, "etcd", grace);
  await killClusterProcesses(layout);
  removeDirectory(layout);
}
