/** Section 5.1 of the CIS Kubernetes Benchmark 1.12, as far as it is about RBAC. */
export const cisControls: Readonly<Record<string, string>> = {
  "5.1.1": "Ensure that the cluster-admin role is only used where required",
  "5.1.2": "Minimize access to secrets",
  "5.1.3": "Minimize wildcard use in Roles and ClusterRoles",
  "5.1.4": "Minimize access to create pods",
  "5.1.5": "Ensure that default service accounts are not actively used",
  "5.1.7": "Avoid use of system:masters group",
  "5.1.8": "Limit use of the Bind, Impersonate and Escalate permissions",
  "5.1.9": "Minimize access to create persistent volumes",
  "5.1.10": "Minimize access to the proxy sub-resource of nodes",
  "5.1.11": "Minimize access to the approval sub-resource of certificatesigningrequests objects",
  "5.1.12": "Minimize access to webhook configuration objects",
  "5.1.13": "Minimize access to the service account token creation",
};

/** Techniques of the Containers matrix of MITRE ATT&CK 18 that a permission can serve. */
export const attackTechniques: Readonly<Record<string, string>> = {
  T1036: "Masquerading",
  T1046: "Network Service Discovery",
  "T1053.007": "Container Orchestration Job",
  T1069: "Permission Groups Discovery",
  T1070: "Indicator Removal",
  "T1078.001": "Default Accounts",
  T1078: "Valid Accounts",
  T1098: "Account Manipulation",
  "T1098.006": "Additional Container Cluster Roles",
  T1136: "Create Account",
  T1485: "Data Destruction",
  T1496: "Resource Hijacking",
  T1498: "Network Denial of Service",
  T1499: "Endpoint Denial of Service",
  T1525: "Implant Internal Image",
  T1528: "Steal Application Access Token",
  "T1550.001": "Application Access Token",
  T1552: "Unsecured Credentials",
  "T1552.007": "Container API",
  T1562: "Impair Defenses",
  "T1562.001": "Disable or Modify Tools",
  T1609: "Container Administration Command",
  T1610: "Deploy Container",
  T1611: "Escape to Host",
  T1613: "Container and Resource Discovery",
};

/** Page of a technique. */
export function attackPage(technique: string): string {
  return `https://attack.mitre.org/techniques/${technique.replace(".", "/")}/`;
}
