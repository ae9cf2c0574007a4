import type { V1DeleteOptions } from "@kubernetes/client-node";
import { EdgeError, type Informer } from "#base";
import { annotations, labels, systemModuleIds } from "#contract";
import { type ApiClient, type EventRecorder, namespacedPath, type Pod, pods } from "#shared";
import { HttpError, notFound, turnedOff, unavailable } from "../http-error.ts";
import { endOf, isJob, isStopped, type Workload } from "./workloads.ts";

/** Starts, stops and restarts modules as far as the deployment manifest agrees. */
export interface ModuleControl {
  /** Does nothing when the module is to run. @throws HttpError 404, or 409 when it is stopped or has come to its end */
  start(moduleId: string): void;
  /** Does nothing when the module is stopped or has come to its end. @throws HttpError 404, or 409 when it is to run */
  stop(moduleId: string): void;
  /**
   * Lets the module's pods end and new ones start.
   *
   * @returns names of the pods
   * @throws HttpError 403, 404, or 409 when it is stopped or a Job
   */
  restart(moduleId: string): Promise<readonly string[]>;
}

/** @param options.client undefined where pods may not be deleted */
export function createModuleControl(options: {
  readonly client: ApiClient | undefined;
  readonly namespace: string;
  readonly workloads: () => readonly Workload[];
  readonly pods: Informer<Pod>;
  readonly events: EventRecorder;
}): ModuleControl {
  const { client, namespace, workloads, events } = options;

  function find(moduleId: string): Workload {
    const isIt = ({ metadata }: Workload) => metadata.annotations?.[annotations.moduleId] === moduleId;
    const found = workloads().find(isIt);
    if (found === undefined) throw notFound("There is no module of that name");
    return found;
  }

  async function end(pod: Pod): Promise<void> {
    if (client === undefined) return;
    const preconditions = { uid: pod.metadata.uid ?? "" };
    const body: V1DeleteOptions = { apiVersion: "v1", kind: "DeleteOptions", preconditions };
    try {
      await client.call({ verb: "delete", path: namespacedPath(pods, namespace, pod.metadata.name), body });
    } catch (error) {
      if (error instanceof EdgeError && isGone.has(error.code)) return;
      throw unavailable("unavailable", "The module cannot be restarted at present, try again", error);
    }
  }

  return {
    start: (moduleId) => {
      const workload = find(moduleId);
      if (isStopped(workload)) throw conflict(`${wayOut(moduleId)} to have it run`);
      if (endOf(workload) !== undefined) throw conflict(`The module has come to its end. ${anotherRun}`);
    },
    stop: (moduleId) => {
      const workload = find(moduleId);
      if (!isStopped(workload) && endOf(workload) === undefined)
        throw conflict(`${wayOut(moduleId)} to have it stopped`);
    },
    restart: async (moduleId) => {
      const workload = find(moduleId);
      if (client === undefined)
        throw turnedOff("This installation restarts no modules: deploy it with iotedged.moduleRestart");
      if (isStopped(workload)) throw conflict(`The module is stopped. ${wayOut(moduleId)} to have it run`);
      // Ending its pod counts as its end: as a failure, or as success where it ends in order.
      if (isJob(workload)) throw conflict(`The module is not started again once it has ended. ${anotherRun}`);
      const { name, uid = "" } = workload.metadata;
      const isIts = ({ metadata }: Pod) => metadata.labels?.[labels.module] === name && !metadata.deletionTimestamp;
      const own = options.pods.list().filter(isIts);
      await Promise.all(own.map(end));
      events.record({
        type: "Normal",
        reason: "ModuleRestarted",
        action: "Restart",
        note: `Module ${moduleId} is restarted because EdgeAgent asked for it`,
        regarding: { apiVersion: "apps/v1", kind: "Deployment", name, uid },
      });
      return own.map(({ metadata }) => metadata.name);
    },
  };
}

const anotherRun = "Change its entry in the deployment manifest to have it run anew";
/** A pod that is gone, or has another uid by now, has been restarted already. */
const isGone: ReadonlySet<string> = new Set(["EDGE_KUBERNETES_NOT_FOUND", "EDGE_KUBERNETES_CONFLICT"]);

function conflict(message: string): HttpError {
  return new HttpError(409, "conflict", message);
}

function wayOut(moduleId: string): string {
  return moduleId === systemModuleIds.edgeAgent
    ? "EdgeAgent follows the stack: deploy it with another edgeAgent.enabled"
    : "Modules follow the deployment manifest: change the module's status there";
}
