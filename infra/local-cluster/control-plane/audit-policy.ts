import { dnsUser, probeUser } from "../pki/cluster-pki.ts";

/** Users and groups that the cluster itself works as; what they do says nothing about an installation. */
const systemUsers = [
  "system:apiserver",
  "system:kube-controller-manager",
  "system:kube-scheduler",
  "system:kube-proxy",
  dnsUser,
  probeUser,
];
const systemGroups = ["system:nodes", "system:serviceaccounts:kube-system"];

/**
 * What the API server writes into its audit log: who called what, and with which outcome, for all users and service
 * accounts but the cluster's own. Bodies are never written, so no Secret is. A watch is written when it starts, too.
 */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  omitManagedFields: true,
  rules: [
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"] },
    { level: "None", users: systemUsers },
    { level: "None", userGroups: systemGroups },
    { level: "Metadata" },
  ],
} as const;
