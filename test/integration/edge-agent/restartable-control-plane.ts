import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBinaries } from "../../../infra/local-cluster/build/build.ts";
import { resolveLayout } from "../../../infra/local-cluster/cluster-state.ts";
import { apiServer } from "../../../infra/local-cluster/control-plane/api-server.ts";
import { startControlPlane } from "../../../infra/local-cluster/index.ts";
import { ensureReady, stopComponent } from "../../../infra/local-cluster/process/component.ts";
import { progress } from "../../support/progress.ts";

/** A control plane of a test's own, whose API server can be killed. */
export interface RestartableControlPlane {
  readonly kubeconfig: string;
  /** Kills the API server and starts another on the same data; resolves when it is ready. */
  restartApiServer(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRestartableControlPlane(): Promise<RestartableControlPlane> {
  const directory = await mkdtemp(join(tmpdir(), "edge-restart-"));
  const controlPlane = await startControlPlane({ directory, progress });
  const layout = resolveLayout(directory);
  const listen = { address: "127.0.0.1", port: controlPlane.port, advertised: false };
  const server = apiServer(layout, await ensureBinaries(progress), listen);
  return {
    kubeconfig: controlPlane.kubeconfig,
    restartApiServer: async () => {
      await stopComponent(layout, server.name, 0);
      await ensureReady(layout, server);
    },
    stop: async () => {
      await controlPlane.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
