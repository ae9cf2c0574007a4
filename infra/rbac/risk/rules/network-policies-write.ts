import { lets, type PermissionRule, write } from "../rule.ts";

export const networkPoliciesWrite: PermissionRule = {
  id: "network-policies-write",
  title: "changing NetworkPolicies",
  severity: "medium",
  namespaced: "medium",
  why: "Policies that keep workloads apart can be taken away.",
  source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  fix: "Leave policies to the deployment pipeline.",
  matches: (permission) =>
    lets(permission, [...write, "delete", "deletecollection"], "networking.k8s.io", ["networkpolicies"]),
};
