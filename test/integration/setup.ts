import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildCluster, startControlPlane } from "../../infra/local-cluster/index.ts";
import { progress } from "../support/progress.ts";
import "../support/provided.ts";

/** One control plane (etcd, API server, controller manager; no node) for all integration tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildCluster({ progress });
  const directory = await mkdtemp(join(tmpdir(), "edge-control-plane-"));
  const controlPlane = await startControlPlane({ directory, progress });
  project.provide("kubeconfig", controlPlane.kubeconfig);
  project.provide("kubectl", controlPlane.kubectl);
  project.provide("auditLog", controlPlane.auditLog);
  return async () => {
    await controlPlane.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
