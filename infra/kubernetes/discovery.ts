import type { ApiResponse, SendRequest } from "./api-request.ts";
import { kubernetesErrors } from "./errors.ts";
import { groupOf, type Kind, type ObjectRef } from "./kubernetes-types.ts";

/** How the API serves a kind. */
export interface Resource {
  /** As it stands in paths and in RBAC rules. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Which kinds the API server serves, and under which paths. What was found out once is kept. */
export interface Discovery {
  /** By kind; empty where the server does not serve that version. */
  resourcesOf(apiVersion: string): Promise<ReadonlyMap<string, Resource>>;
  /** @throws EDGE_APPLY_UNKNOWN_KIND */
  resourceOf(kind: Kind): Promise<Resource>;
  /** @throws EDGE_APPLY_UNKNOWN_KIND */
  pathOf(kind: Kind, namespace: string | undefined, name?: string): Promise<string>;
  itemPath(ref: ObjectRef): Promise<string>;
}

/** @param check throws for answers that are no success */
export function createDiscovery(
  send: SendRequest,
  check: (response: ApiResponse, verb: string, object: string) => void,
): Discovery {
  const discovered = new Map<string, Promise<ReadonlyMap<string, Resource>>>();

  const resourcesOf = (apiVersion: string) => {
    const known = discovered.get(apiVersion);
    if (known !== undefined) return known;
    const asked = discover(apiVersion);
    discovered.set(apiVersion, asked);
    // A failure is not kept: the next call asks again.
    asked.catch(() => discovered.delete(apiVersion));
    return asked;
  };

  async function discover(apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
    const response = await send({ method: "GET", path: versionPath(apiVersion) });
    if (response.status === 404) return new Map();
    check(response, "discovery", apiVersion);
    const resources: { name: string; kind: string; namespaced: boolean }[] = response.body.resources ?? [];
    return new Map(
      resources
        .filter(({ name }) => !name.includes("/"))
        .map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }]),
    );
  }

  async function resourceOf({ apiVersion, kind }: Kind): Promise<Resource> {
    const resource = (await resourcesOf(apiVersion)).get(kind);
    if (resource === undefined) throw kubernetesErrors.EDGE_APPLY_UNKNOWN_KIND({ kind, apiVersion });
    return resource;
  }

  async function pathOf(kind: Kind, namespace: string | undefined, name?: string): Promise<string> {
    const resource = await resourceOf(kind);
    const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    const item = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${versionPath(kind.apiVersion)}${scope}/${resource.plural}${item}`;
  }

  return { resourcesOf, resourceOf, pathOf, itemPath: (ref) => pathOf(ref, ref.namespace, ref.name) };
}

function versionPath(apiVersion: string): string {
  return groupOf(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}
