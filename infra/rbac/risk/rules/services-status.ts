import { lets, type PermissionRule } from "../rule.ts";

export const servicesStatus: PermissionRule = {
  id: "services-status",
  title: "writing the status of Services",
  severity: "high",
  namespaced: "medium",
  why: "A load balancer address in the status draws the cluster's own traffic to that address (CVE-2020-8554).",
  source: "https://github.com/kubernetes/kubernetes/issues/97076",
  fix: "Leave the status to the cloud's controller.",
  matches: (permission) => lets(permission, ["update", "patch"], "", ["services/status"]),
};
