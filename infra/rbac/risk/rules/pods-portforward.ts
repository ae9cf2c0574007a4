import { lets, type PermissionRule, pages } from "../rule.ts";

export const podsPortforward: PermissionRule = {
  id: "pods-portforward",
  title: "forwarding ports of pods",
  severity: "high",
  namespaced: "medium",
  why: "It reaches ports that only listen on loopback, past NetworkPolicies.",
  source: `${pages.goodPractices}#privilege-escalation-risks`,
  fix: "Expose the port by a Service, and say by NetworkPolicy who may reach it.",
  matches: (permission) =>
    lets(permission, ["create", "get"], "", ["pods/portforward", "pods/proxy", "services/proxy"]),
};
