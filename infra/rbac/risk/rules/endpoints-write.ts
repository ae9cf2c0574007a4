import { lets, type PermissionRule, write } from "../rule.ts";

export const endpointsWrite: PermissionRule = {
  id: "endpoints-write",
  title: "writing Endpoints and EndpointSlices",
  severity: "high",
  namespaced: "medium",
  why: "Traffic to a Service goes to an address of the holder's choice, past NetworkPolicies.",
  source: "https://github.com/kubernetes/kubernetes/issues/103675",
  fix: "Let the endpoint controller make them from pods.",
  matches: (permission) =>
    lets(permission, write, "", ["endpoints"]) || lets(permission, write, "discovery.k8s.io", ["endpointslices"]),
};
