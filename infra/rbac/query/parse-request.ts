import { rbacErrors } from "../errors.ts";
import type { AccessRequest } from "../model/rule-matching.ts";

/** API groups of resources that are written without one. Resources that are not listed are of the core group. */
const groups: Readonly<Record<string, readonly string[]>> = {
  apps: ["deployments", "daemonsets", "statefulsets", "replicasets", "controllerrevisions"],
  batch: ["jobs", "cronjobs"],
  autoscaling: ["horizontalpodautoscalers"],
  "networking.k8s.io": ["networkpolicies", "ingresses", "ingressclasses", "ipaddresses", "servicecidrs"],
  "rbac.authorization.k8s.io": ["roles", "clusterroles", "rolebindings", "clusterrolebindings"],
  "authentication.k8s.io": ["tokenreviews", "selfsubjectreviews"],
  "authorization.k8s.io": [
    "subjectaccessreviews",
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
    "localsubjectaccessreviews",
  ],
  "coordination.k8s.io": ["leases", "leasecandidates"],
  "discovery.k8s.io": ["endpointslices"],
  "node.k8s.io": ["runtimeclasses"],
  policy: ["poddisruptionbudgets"],
  "resource.k8s.io": ["deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices"],
  "scheduling.k8s.io": ["priorityclasses"],
  "storage.k8s.io": [
    "storageclasses",
    "volumeattachments",
    "volumeattributesclasses",
    "csidrivers",
    "csinodes",
    "csistoragecapacities",
  ],
  "flowcontrol.apiserver.k8s.io": ["flowschemas", "prioritylevelconfigurations"],
  "certificates.k8s.io": ["certificatesigningrequests", "signers"],
  "apiextensions.k8s.io": ["customresourcedefinitions"],
  "apiregistration.k8s.io": ["apiservices"],
  "admissionregistration.k8s.io": [
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
  ],
};
const groupByResource = new Map(
  Object.entries(groups).flatMap(([group, list]) => list.map((one) => [one, group] as const)),
);

/**
 * Reads a request in kubectl's spelling: `pods`, `deployments.apps`, `pods/log`, `deployments.apps/scale`. What follows
 * the slash is always a subresource: the name is an option of its own. What begins with `/` is a path.
 *
 * @throws EDGE_RBAC_QUERY_INVALID
 */
export function parseRequest(
  verb: string,
  resource: string,
  options: { namespace?: string; name?: string } = {},
): AccessRequest {
  if (!/^([a-z]+|\*)$/.test(verb)) {
    const expected = "a verb such as get, list, watch, create, update, patch, delete, or '*'";
    throw rbacErrors.EDGE_RBAC_QUERY_INVALID({ what: "verb", value: verb, expected });
  }
  if (resource.startsWith("/")) return { verb, path: resource };
  const [, kind = "", group, subresource = ""] =
    /^([a-z0-9-]+|\*)(?:\.([a-z0-9.-]+|\*))?(?:\/([a-z0-9-]+|\*))?$/.exec(resource) ?? [];
  if (kind === "") {
    const expected = "a plural such as secrets, deployments.apps, pods/exec, or a path such as /metrics";
    throw rbacErrors.EDGE_RBAC_QUERY_INVALID({ what: "resource", value: resource, expected });
  }
  return {
    verb,
    group: group ?? groupByResource.get(kind) ?? "",
    resource: kind,
    subresource,
    name: options.name ?? "",
    namespace: options.namespace ?? "",
  };
}
