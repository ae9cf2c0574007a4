import { change, on, type PermissionRule, write } from "../../rule.ts";

const group = "cert-manager.io";
const docs = "https://cert-manager.io/docs/";

/** What cert-manager issues, and by whom. */
export const certManagerRules: readonly PermissionRule[] = [
  {
    id: "cert-manager-certificates-write",
    pack: "cert-manager",
    title: "requesting certificates of cert-manager",
    severity: "medium",
    namespaced: "low",
    why: "Requests of its own issuers are approved automatically by default, for any name that the issuer signs.",
    source: `${docs}policy/approval/`,
    fix: "Install approver-policy, and say who may have which names of which issuer.",
    mitre: ["T1078"],
    grants: [on(group, ["certificates", "certificaterequests"], write)],
  },
  {
    id: "cert-manager-issuers-write",
    pack: "cert-manager",
    title: "writing issuers of cert-manager",
    severity: "high",
    namespaced: "medium",
    why: "An issuer decides by whose key certificates are made; a ClusterIssuer uses Secrets of cert-manager's own namespace.",
    source: `${docs}configuration/`,
    fix: "Leave ClusterIssuers to the administrators.",
    mitre: ["T1552.007"],
    grants: [on(group, ["issuers", "clusterissuers"], write)],
  },
  {
    id: "cert-manager-approve",
    pack: "cert-manager",
    title: "approving or answering requests of cert-manager",
    severity: "high",
    namespaced: "medium",
    why: "With a request of one's own it makes a certificate for any name that the issuer signs; the status is the certificate.",
    source: `${docs}usage/certificaterequest/#approval`,
    fix: "Grant approve on signers by resourceNames, such as issuers.cert-manager.io/NAMESPACE.NAME.",
    mitre: ["T1078"],
    grants: [on(group, ["signers"], ["approve"]), on(group, ["certificaterequests/status"], change)],
  },
];
