import { allows, type PermissionRule, write } from "../rule.ts";

/** What redirects traffic, or opens a way for it. */
export const trafficRules: readonly PermissionRule[] = [
  {
    id: "endpoints-write",
    title: "writing Endpoints and EndpointSlices",
    severity: "high",
    namespaced: "medium",
    why: "Traffic to a Service goes to an address of the holder's choice, past NetworkPolicies.",
    source: "https://github.com/kubernetes/kubernetes/issues/103675",
    fix: "Let the endpoint controller make them from pods.",
    matches: (permission) =>
      allows(permission, write, "", ["endpoints"]) || allows(permission, write, "discovery.k8s.io", ["endpointslices"]),
  },
  {
    id: "services-status",
    title: "writing the status of Services",
    severity: "high",
    namespaced: "medium",
    why: "A load balancer address in the status draws the cluster's own traffic to that address (CVE-2020-8554).",
    source: "https://github.com/kubernetes/kubernetes/issues/97076",
    fix: "Leave the status to the cloud's controller.",
    matches: (permission) => allows(permission, ["update", "patch"], "", ["services/status"]),
  },
  {
    id: "network-policies-write",
    title: "changing NetworkPolicies",
    severity: "medium",
    namespaced: "medium",
    why: "Policies that keep workloads apart can be taken away.",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    fix: "Leave policies to the deployment pipeline.",
    controlPlane: "high",
    matches: (permission) =>
      allows(permission, [...write, "delete", "deletecollection"], "networking.k8s.io", ["networkpolicies"]),
  },
];
