import { labels, objectNames, partOf } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import { checkResponse } from "../../kubernetes/index.ts";
import type { ServerAnswer } from "../before/observations.ts";
import type { ClusterReader } from "./cluster-reader.ts";

/** What the API server says of itself, and what time it has. */
export async function readServer({ send, cluster }: ClusterReader, now: () => number): Promise<ServerAnswer> {
  const asked = now();
  const response = await send({ method: "GET", path: "/version" });
  const answered = now();
  checkResponse(cluster, response, "get", "/version");
  const date = Date.parse(response.date ?? "");
  return {
    gitVersion: String(response.body?.gitVersion ?? ""),
    date: Number.isNaN(date) ? undefined : date,
    asked,
    answered,
  };
}

const rbac = "rbac.authorization.k8s.io/v1";
const previewGroup = "microsoft.azure.devices.edge";

/**
 * Cluster-wide objects of the runtime whose installation is not there, as `resource/name`.
 *
 * @param declared names of installations that will be deployed
 */
export async function readLeftovers(reader: ClusterReader, declared: readonly string[]): Promise<readonly string[]> {
  const { cluster, send } = reader;
  const labelSelector = `${labels.partOf}=${partOf}`;
  const [deployments, bindings, roles, preview] = await Promise.all([
    cluster.list(
      { apiVersion: "apps/v1", kind: "Deployment" },
      { labelSelector: `${labelSelector},${labels.name}=iotedged` },
    ),
    cluster.list({ apiVersion: rbac, kind: "ClusterRoleBinding" }, { labelSelector }),
    cluster.list({ apiVersion: rbac, kind: "ClusterRole" }, { labelSelector }),
    send({ method: "GET", path: `/apis/${previewGroup}` }),
  ]);
  const there = new Set([
    ...declared,
    ...deployments.filter(({ metadata }) => metadata.name === objectNames.iotedged).map(instanceOf),
  ]);
  const orphaned = (resource: string, objects: readonly LiveObject[]) =>
    objects.filter((object) => !there.has(instanceOf(object))).map(({ metadata }) => `${resource}/${metadata.name}`);
  return [
    ...orphaned("clusterrolebinding", bindings),
    ...orphaned("clusterrole", roles),
    ...(preview.status === 200 ? [`crd/edgedeployments.${previewGroup}`] : []),
  ];
}

const instanceOf = ({ metadata }: LiveObject) => metadata.labels?.[labels.instance] ?? "";
