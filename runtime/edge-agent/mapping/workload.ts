import type { KubernetesObject } from "#base";
import type { Module } from "#manifest";
import type { Deployment, Job } from "#shared";
import { deploymentOf } from "./deployment.ts";
import type { Installation } from "./installation.ts";
import { jobOf } from "./job.ts";

/** What runs a module. */
export type Workload = Deployment | Job;

/**
 * A Job for a module that is not to be started again whenever it ends, a Deployment for any other.
 *
 * @param generationId UID of the module's ServiceAccount
 */
export function workloadOf(module: Module, installation: Installation, generationId: string): Workload {
  const runsToItsEnd = module.restartPolicy === "never" || module.restartPolicy === "on-failure";
  return runsToItsEnd && installation.settings.modules.jobs
    ? jobOf(module, installation, generationId)
    : deploymentOf(module, installation, generationId);
}

/** Whether the module is not to run. */
export function isStopped(workload: Workload): boolean {
  return isJob(workload) ? workload.spec?.suspend === true : workload.spec?.replicas === 0;
}

export function isJob(workload: Workload): workload is Job {
  return workload.kind === "Job";
}

export function isWorkload(object: KubernetesObject): object is Workload {
  return object.kind === "Deployment" || object.kind === "Job";
}
