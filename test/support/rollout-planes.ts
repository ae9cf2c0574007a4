import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { kubernetesUnderTest } from "./oldest-kubernetes.ts";
import { progress } from "./progress.ts";
import type { RolloutTarget } from "./rollout-project.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

/** Starts control planes of their own, at the same time, as the clusters of a fleet. */
export async function startRolloutPlanes(names: readonly string[]) {
  const directory = await mkdtemp(join(tmpdir(), "edge-rollout-planes-"));
  const kubernetes = await kubernetesUnderTest(progress);
  const planes = await Promise.all(
    names.map((name) => startControlPlane({ directory: join(directory, name), kubernetes })),
  );
  const targets = planes.map(
    ({ kubeconfig }, index): RolloutTarget => ({ name: names[index] ?? "", context: "edge-control-plane", kubeconfig }),
  );
  return {
    /** Of the control planes, and for what else a test writes. */
    directory,
    targets,
    stop: async () => {
      await Promise.all(planes.map((plane) => plane.stop()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A cluster behind a link that can be cut: what the target names instead of the cluster itself. */
export async function linkTo(cluster: RolloutTarget, directory: string) {
  const direct = await readFile(cluster.kubeconfig, "utf8");
  const [server = ""] = /https:\/\/[^\s"]+/.exec(direct) ?? [];
  const link = await startTcpProxy({ target: new URL(server), delay: 0 });
  const kubeconfig = join(directory, `${cluster.name}-linked`);
  await writeFile(kubeconfig, direct.replace(server, `https://127.0.0.1:${link.port}`), { mode: 0o600 });
  return { link, target: { ...cluster, kubeconfig } };
}
