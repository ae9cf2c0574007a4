import { lets, type PermissionRule, write } from "../rule.ts";

export const systemConfigWrite: PermissionRule = {
  id: "system-config-write",
  title: "writing ConfigMaps of the system",
  severity: "high",
  sensitiveNamespaces: ["kube-system"],
  why: "ConfigMaps in kube-system hold the DNS configuration, the CA of clients and, on some clouds, who is an administrator.",
  source: "https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/",
  fix: "Limit it by resourceNames to the ConfigMap that the holder owns.",
  matches: (permission) => lets(permission, write, "", ["configmaps"]),
};
