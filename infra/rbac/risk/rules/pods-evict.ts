import { lets, type PermissionRule } from "../rule.ts";

export const podsEvict: PermissionRule = {
  id: "pods-evict",
  title: "removing pods",
  severity: "medium",
  namespaced: "low",
  why: "Together with cordoned nodes it moves pods, and their tokens, to a node of the attacker's choice.",
  source:
    "https://www.paloaltonetworks.com/resources/whitepapers/kubernetes-privilege-escalation-excessive-permissions-in-popular-platforms",
  fix: "Delete through the controller that owns the pods.",
  matches: (permission) =>
    lets(permission, ["create"], "", ["pods/eviction"]) ||
    lets(permission, ["delete", "deletecollection"], "", ["pods"]),
};
