import type { KubeConfig } from "@kubernetes/client-node";
import { isJsonObject, mapConcurrently } from "#base";
import { createSender, kubectlFor, type SendRequest } from "../../kubernetes/index.ts";
import { rbacErrors } from "../errors.ts";
import type { ApiResource } from "./api-resources.ts";

const concurrency = 8;

/** What a cluster serves, and the groups that did not answer. */
export interface Discovered {
  readonly resources: readonly ApiResource[];
  readonly failed: readonly string[];
}

/**
 * Asks a cluster which resources it serves. Every authenticated user may do so.
 *
 * @throws EDGE_RBAC_CLUSTER_UNREACHABLE
 */
export async function discoverResources(config: KubeConfig): Promise<Discovered> {
  const send = createSender(config);
  const listed = await send({ method: "GET", path: "/apis" });
  if (listed.status !== 200) {
    const problem = `discovery answers with HTTP ${listed.status}`;
    throw rbacErrors.EDGE_RBAC_CLUSTER_UNREACHABLE({
      context: config.getCurrentContext(),
      kubectl: kubectlFor(config),
      problem,
    });
  }
  const versions = ["v1", ...entries(listed.body, "groups").flatMap(versionsOf)];
  const answers = await mapConcurrently(versions, (version) => resourcesOf(send, version), concurrency);
  return {
    resources: answers.flatMap(({ resources }) => resources),
    failed: answers.flatMap(({ failed }) => failed),
  };
}

async function resourcesOf(send: SendRequest, version: string): Promise<Discovered> {
  const path = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
  const { status, body } = await send({ method: "GET", path });
  // The server behind an APIService may be away.
  if (status !== 200) return { resources: [], failed: [version] };
  const group = version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
  const resources = entries(body, "resources").flatMap((entry): ApiResource[] => {
    const { name, namespaced, singularName, shortNames } = entry;
    if (typeof name !== "string" || name.includes("/")) return [];
    const names = [singularName, ...(Array.isArray(shortNames) ? shortNames : [])];
    const aliases = names.filter((one): one is string => typeof one === "string" && one !== "");
    return [{ plural: name, group, namespaced: namespaced === true, aliases }];
  });
  return { resources, failed: [] };
}

function versionsOf(group: Readonly<Record<string, unknown>>): string[] {
  return entries(group, "versions").flatMap(({ groupVersion }) =>
    typeof groupVersion === "string" ? [groupVersion] : [],
  );
}

function entries(value: unknown, field: string): Readonly<Record<string, unknown>>[] {
  const list = isJsonObject(value) ? value[field] : undefined;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
