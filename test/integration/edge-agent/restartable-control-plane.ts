import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBinaries } from "../../../infra/local-cluster/build/build.ts";
import { resolveLayout } from "../../../infra/local-cluster/cluster-state.ts";
import { apiServer, apiServerUrl } from "../../../infra/local-cluster/control-plane/api-server.ts";
import { controllerManager } from "../../../infra/local-cluster/control-plane/controller-manager.ts";
import { startControlPlane } from "../../../infra/local-cluster/control-plane/start-control-plane.ts";
import { ensureReady, stopComponent } from "../../../infra/local-cluster/process/component.ts";
import { kubernetesUnderTest } from "../../support/oldest-kubernetes.ts";
import { progress } from "../../support/progress.ts";

/** A control plane of a test's own, whose API server can be killed. */
export interface RestartableControlPlane {
  readonly kubeconfig: string;
  /**
   * Kills the API server and starts another on the same data; resolves when it is ready. The controllers begin anew
   * with it: the garbage collector leaves a Job for ever that, while it was away, took the place of another of its name
   * if both were deleted with foreground propagation (it takes the second deletion for the first).
   */
  restartApiServer(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRestartableControlPlane(): Promise<RestartableControlPlane> {
  const directory = await mkdtemp(join(tmpdir(), "edge-restart-"));
  const kubernetes = await kubernetesUnderTest(progress);
  const controlPlane = await startControlPlane({ directory, progress, kubernetes });
  const layout = resolveLayout(directory);
  const listen = { address: "127.0.0.1", port: controlPlane.port, advertised: false };
  const programs = kubernetes ?? (await ensureBinaries(progress));
  const server = apiServer(layout, programs, listen);
  const controllers = controllerManager(layout, programs, { server: apiServerUrl(listen) });
  return {
    kubeconfig: controlPlane.kubeconfig,
    restartApiServer: async () => {
      await stopComponent(layout, server.name, 0);
      await stopComponent(layout, controllers.name, 0);
      for (const component of [server, controllers]) await ensureReady(layout, { ...component, endsWithStarter: true });
    },
    stop: async () => {
      await controlPlane.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
