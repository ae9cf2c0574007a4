import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { buildCluster } from "../../infra/local-cluster/index.ts";
import { ensureGitopsTools } from "../support/gitops-tools.ts";
import { kubernetesUnderTest } from "../support/oldest-kubernetes.ts";
import { progress } from "../support/progress.ts";
import "../support/provided.ts";

const customResources = fileURLToPath(new URL("../fixtures/monitoring", import.meta.url));

/**
 * One control plane (etcd, API server, controller manager; no node) for all integration tests. It knows the Prometheus
 * operator's custom resources from the start: a kind that comes and goes would be in the way of tests of other files.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildCluster({ progress });
  project.provide("gitopsTools", await ensureGitopsTools(progress));
  const directory = await mkdtemp(join(tmpdir(), "edge-control-plane-"));
  const controlPlane = await startControlPlane({
    directory,
    progress,
    kubernetes: await kubernetesUnderTest(progress),
  });
  const { kubectl, kubeconfig } = controlPlane;
  const run = (...args: string[]) => promisify(execFile)(kubectl, ["--kubeconfig", kubeconfig, ...args]);
  await run("apply", "--server-side", "--filename", customResources);
  project.provide("kubeconfig", kubeconfig);
  project.provide("kubectl", kubectl);
  project.provide("auditLog", controlPlane.auditLog);
  return async () => {
    await controlPlane.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
