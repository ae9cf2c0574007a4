import type { V1DeleteOptions } from "@kubernetes/client-node";
import { annotations, labels, systemModuleIds } from "#contract";
import { EdgeError } from "#errors";
import type { EventRecorder } from "../../shared/event-recorder.ts";
import type { ApiClient } from "../../shared/kubernetes/api-client.ts";
import { type Deployment, namespacedPath, type Pod, pods } from "../../shared/kubernetes/kinds.ts";
import type { Informer } from "../../shared/kubernetes/objects.ts";
import { forbidden, HttpError, notFound, unavailable } from "../http/http-error.ts";

/** Starts, stops and restarts modules as far as the deployment manifest agrees. */
export interface ModuleControl {
  /** Does nothing when the manifest says that the module runs. @throws HttpError 404, or 409 when it says otherwise */
  start(moduleId: string): void;
  /** Does nothing when the manifest says that the module is stopped. @throws HttpError 404, or 409 when it says otherwise */
  stop(moduleId: string): void;
  /** Lets the module's pods end and new ones start. @throws HttpError 403, 404, or 409 when it is stopped */
  restart(moduleId: string): Promise<void>;
}

/** @param options.client undefined where pods may not be deleted */
export function createModuleControl(options: {
  readonly client: ApiClient | undefined;
  readonly namespace: string;
  readonly deployments: Informer<Deployment>;
  readonly pods: Informer<Pod>;
  readonly events: EventRecorder;
}): ModuleControl {
  const { client, namespace, deployments, events } = options;

  function find(moduleId: string): Deployment {
    const isIt = ({ metadata }: Deployment) => metadata.annotations?.[annotations.moduleId] === moduleId;
    const found = deployments.list().find(isIt);
    if (found === undefined) throw notFound("There is no module of that name");
    return found;
  }

  async function end(pod: Pod): Promise<void> {
    if (client === undefined || pod.metadata.deletionTimestamp !== undefined) return;
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
      if (isStopped(find(moduleId))) throw conflict(`${wayOut(moduleId)} to have it run`);
    },
    stop: (moduleId) => {
      if (!isStopped(find(moduleId))) throw conflict(`${wayOut(moduleId)} to have it stopped`);
    },
    restart: async (moduleId) => {
      const deployment = find(moduleId);
      if (client === undefined)
        throw forbidden("This installation restarts no modules: deploy it with iotedged.moduleRestart");
      if (isStopped(deployment)) throw conflict(`The module is stopped. ${wayOut(moduleId)} to have it run`);
      const { name, uid = "" } = deployment.metadata;
      const own = options.pods.list().filter(({ metadata }) => metadata.labels?.[labels.module] === name);
      await Promise.all(own.map(end));
      events.record({
        type: "Normal",
        reason: "ModuleRestarted",
        action: "Restart",
        note: `Module ${moduleId} is restarted because EdgeAgent asked for it`,
        regarding: { apiVersion: "apps/v1", kind: "Deployment", name, uid },
      });
    },
  };
}

/** A pod that is gone, or has another uid by now, has been restarted already. */
const isGone: ReadonlySet<string> = new Set(["EDGE_KUBERNETES_NOT_FOUND", "EDGE_KUBERNETES_CONFLICT"]);

function isStopped({ spec }: Deployment): boolean {
  return spec?.replicas === 0;
}

function conflict(message: string): HttpError {
  return new HttpError(409, "conflict", message);
}

function wayOut(moduleId: string): string {
  return moduleId === systemModuleIds.edgeAgent
    ? "EdgeAgent follows the stack: deploy it with another edgeAgent.enabled"
    : "Modules follow the deployment manifest: change the module's status there";
}
