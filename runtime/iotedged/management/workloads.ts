import type { Deployment, Job } from "#shared";
import type { Cluster } from "../cluster.ts";

/** What runs a module: a Job where the module is not started again once it has ended. */
export type Workload = Deployment | Job;

/** How a Job came to its end. */
export interface JobEnd {
  readonly failed: boolean;
  readonly reason: string | undefined;
}

/** One for each module; of two of the same name, which there are while one replaces the other, the one that stays. */
export function listWorkloads({ deployments, jobs }: Pick<Cluster["informers"], "deployments" | "jobs">): Workload[] {
  const all: Workload[] = [...deployments.list(), ...(jobs?.list() ?? [])];
  const staying = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return [...new Map([...all, ...staying].map((workload) => [workload.metadata.name, workload])).values()];
}

export function isJob(workload: Workload): workload is Job {
  return workload.kind === "Job";
}

/** Whether the deployment manifest has the module stopped. */
export function isStopped(workload: Workload): boolean {
  return isJob(workload) ? workload.spec?.suspend === true : workload.spec?.replicas === 0;
}

/** Undefined while the module has not come to its end, as one that a Deployment runs never does. */
export function endOf(workload: Workload): JobEnd | undefined {
  if (!isJob(workload)) return undefined;
  const isEnd = ({ type, status }: { type: string; status: string }) =>
    (type === "Complete" || type === "Failed") && status === "True";
  const end = workload.status?.conditions?.find(isEnd);
  return end && { failed: end.type === "Failed", reason: end.reason };
}
