import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBinaries } from "../../../infra/local-cluster/build/build.ts";
import { resolveLayout } from "../../../infra/local-cluster/cluster-state.ts";
import { apiServer } from "../../../infra/local-cluster/control-plane/api-server.ts";
import { startControlPlane } from "../../../infra/local-cluster/control-plane/start-control-plane.ts";
import { ensureReady, stopComponent } from "../../../infra/local-cluster/process/component.ts";
import { progress } from "../../support/progress.ts";

/** Alpha and beta features whose resources rules are about. The rest is as in any cluster. */
const features = ["ClusterTrustBundle", "PodCertificateRequest", "DRADeviceTaints", "DRADeviceTaintRules"];

/** A control plane of a test's own that serves all APIs, those of alpha and beta versions too. */
export async function startEveryApi(): Promise<{ readonly kubeconfig: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "edge-every-api-"));
  const controlPlane = await startControlPlane({ directory, progress });
  const layout = resolveLayout(directory);
  const listen = { address: "127.0.0.1", port: controlPlane.port, advertised: false };
  const server = apiServer(layout, await ensureBinaries(progress), listen);
  const flags = [
    "--runtime-config=api/all=true",
    `--feature-gates=${features.map((feature) => `${feature}=true`).join(",")}`,
  ];
  await stopComponent(layout, server.name, 0);
  await ensureReady(layout, { ...server, args: [...server.args, ...flags] });
  return {
    kubeconfig: controlPlane.kubeconfig,
    stop: async () => {
      await controlPlane.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
