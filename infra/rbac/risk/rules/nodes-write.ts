import { lets, type PermissionRule, pages, write } from "../rule.ts";

export const nodesWrite: PermissionRule = {
  id: "nodes-write",
  title: "changing Nodes",
  severity: "high",
  why: "Labels, taints and the address of a node decide which pods come to it, with their Secrets.",
  source: `${pages.goodPractices}#privilege-escalation-risks`,
  fix: "Leave it to the node's own identity, which NodeRestriction limits.",
  matches: (permission) => lets(permission, [...write, "delete"], "", ["nodes", "nodes/status"]),
};
