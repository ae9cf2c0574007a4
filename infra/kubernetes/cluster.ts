import type { KubeConfig } from "@kubernetes/client-node";
import { fieldManagers } from "#contract";
import { type ApiResponse, createSender, type SendRequest } from "./api-request.ts";
import { checkResponse } from "./check-response.ts";
import { createDiscovery } from "./discovery.ts";
import { type ClusterName, loadKubeConfig } from "./kubeconfig.ts";
import { type Cluster, describeRef, type LiveObject, type ObjectToApply, refOf } from "./kubernetes-types.ts";

const pageSize = 500;

/** Connects to the cluster that the user named. Nothing is sent before the first call. */
export async function connect(name: ClusterName): Promise<Cluster & { readonly config: KubeConfig }> {
  const config = await loadKubeConfig(name);
  const server = config.getCurrentCluster()?.server ?? "";
  return { ...createCluster(createSender(config), { context: name.context, server }), config };
}

/** The calls of {@link Cluster} over plain requests. Kinds are looked up once. */
export function createCluster(
  send: SendRequest,
  target: { readonly context: string; readonly server: string },
): Cluster {
  const check = (response: ApiResponse, verb: string, object: string) => checkResponse(target, response, verb, object);
  const { resourcesOf, pathOf, itemPath } = createDiscovery(send, check);

  const sendApply = async (object: ObjectToApply) =>
    send({
      method: "PATCH",
      path: await itemPath(refOf(object)),
      query: { fieldManager: fieldManagers.edgectl, force: "true" },
      body: object,
      contentType: "application/apply-patch+yaml",
    });

  return {
    ...target,
    apply: async (object) => {
      const response = await sendApply(object);
      check(response, "apply", describeRef(refOf(object)));
      return response.body;
    },
    applyOver: async ({ metadata: { uid, resourceVersion } }, object) => {
      const response = await sendApply({ ...object, metadata: { ...object.metadata, uid, resourceVersion } });
      if (response.status === 409) return undefined;
      check(response, "apply", describeRef(refOf(object)));
      return response.body;
    },
    create: async (object) => {
      const { namespace } = object.metadata;
      const query = { fieldManager: fieldManagers.edgectl };
      const response = await send({ method: "POST", path: await pathOf(object, namespace), query, body: object });
      if (response.status === 409) return undefined;
      check(response, "create", describeRef(refOf(object)));
      return response.body;
    },
    get: async (ref) => {
      const response = await send({ method: "GET", path: await itemPath(ref) });
      if (response.status === 404) return undefined;
      check(response, "get", describeRef(ref));
      return response.body;
    },
    getMetadata: async (ref) => {
      const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
      const response = await send({ method: "GET", path: await itemPath(ref), accept });
      if (response.status === 404) return undefined;
      check(response, "get", describeRef(ref));
      return { ...response.body, apiVersion: ref.apiVersion, kind: ref.kind };
    },
    list: async (kind, selection = {}) => {
      const { namespace, labelSelector, fieldSelector, most = Number.POSITIVE_INFINITY } = selection;
      const path = await pathOf(kind, namespace);
      const found: LiveObject[] = [];
      let next: string | undefined;
      do {
        const limit = String(Math.min(pageSize, most - found.length));
        const query = { labelSelector, fieldSelector, limit, continue: next };
        const response = await send({ method: "GET", path, query });
        // The kind is no longer served: its definition was deleted meanwhile, and all of its objects with it.
        if (response.status === 404) return [];
        check(response, "list", `${kind.kind} ${namespace ?? "in all namespaces"}`);
        const { items = [], metadata } = response.body;
        for (const item of items) found.push({ ...item, apiVersion: kind.apiVersion, kind: kind.kind });
        next = metadata?.continue || undefined;
      } while (next !== undefined && found.length < most);
      return found.slice(0, most);
    },
    delete: async (object, propagation) => {
      const ref = refOf(object);
      const body = { propagationPolicy: propagation, preconditions: { uid: object.metadata.uid } };
      const response = await send({ method: "DELETE", path: await itemPath(ref), body });
      // 409: the object is gone, and a newer one has its name.
      if (response.status === 404 || response.status === 409) return;
      check(response, "delete", describeRef(ref));
    },
    resolve: async (group, kind) => {
      const apiVersion = group === "" ? "v1" : await preferredVersion(group);
      const resource = apiVersion === undefined ? undefined : (await resourcesOf(apiVersion)).get(kind);
      return apiVersion === undefined || resource === undefined
        ? undefined
        : { apiVersion, namespaced: resource.namespaced };
    },
  };

  async function preferredVersion(group: string): Promise<string | undefined> {
    const response = await send({ method: "GET", path: `/apis/${group}` });
    if (response.status === 404) return undefined;
    check(response, "discovery", group);
    return response.body.preferredVersion?.groupVersion;
  }
}
