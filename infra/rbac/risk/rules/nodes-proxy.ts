import { lets, type PermissionRule, pages } from "../rule.ts";

export const nodesProxy: PermissionRule = {
  id: "nodes-proxy",
  title: "reaching the kubelet through nodes/proxy",
  severity: "critical",
  why: "The kubelet's API runs commands in every pod of the node, past admission control and the audit log; get is enough.",
  source: `${pages.goodPractices}#access-to-proxy-subresource-of-nodes`,
  fix: "Grant nodes/metrics, nodes/stats, nodes/log or nodes/healthz, whichever is needed.",
  matches: (permission) => lets(permission, ["get", "create", "update", "patch", "delete"], "", ["nodes/proxy"]),
};
