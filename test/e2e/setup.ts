import type { TestProject } from "vitest/node";
import { leftovers } from "../../infra/local-cluster/leftovers.ts";
import { clusterStatus } from "../../infra/local-cluster/status.ts";
import { stopCluster } from "../../infra/local-cluster/stop.ts";
import { edgectl } from "../support/edgectl.ts";
import { progress } from "../support/progress.ts";
import "../support/provided.ts";

/** The main job itself is the set-up: `edgectl start`, as `npm start` runs it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const before = await clusterStatus();
  if (before.running) throw new Error("a local cluster is up; take it down by `npm stop` before the end-to-end tests");
  const start = await edgectl(["start"], { echo: true });
  progress(start.stdout);
  const { cluster } = await clusterStatus();
  if (start.code !== 0 || cluster === undefined) {
    await stopCluster({ progress });
    throw new Error(`edgectl start ended with ${start.code}`);
  }
  project.provide("kubeconfig", cluster.kubeconfig);
  project.provide("kubectl", cluster.kubectl);
  project.provide("auditLog", cluster.auditLog);
  project.provide("startOutput", start.stdout);
  return async () => {
    await stopCluster({ progress });
    const left = await leftovers();
    if (left.length > 0) throw new Error(`the cluster left behind: ${left.join(", ")}`);
  };
}
