import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "../../infra/local-cluster/index.ts";
import type { RolloutTarget } from "./rollout-project.ts";

/** Starts control planes of their own, at the same time, as the clusters of a fleet. */
export async function startRolloutPlanes(names: readonly string[]) {
  const directory = await mkdtemp(join(tmpdir(), "edge-rollout-planes-"));
  const planes = await Promise.all(names.map((name) => startControlPlane({ directory: join(directory, name) })));
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
