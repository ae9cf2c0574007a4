import { change, on, type PermissionRule, pages, remove, write } from "../rule.ts";

const group = "certificates.k8s.io";

/** What makes certificates, or decides which ones are trusted. */
export const certificateRules: readonly PermissionRule[] = [
  {
    id: "csr-approve",
    title: "approving or signing certificate requests",
    severity: "critical",
    why: "With a request of one's own it makes a client certificate of any user, which no later change of RBAC takes back.",
    source: `${pages.goodPractices}#csrs-and-certificate-issuing`,
    fix: "Limit signers by resourceNames, and never kubernetes.io/kube-apiserver-client.",
    cis: ["5.1.11"],
    mitre: ["T1078", "T1098"],
    sensitiveNames: ["kubernetes.io/kube-apiserver-client", "kubernetes.io/*"],
    grants: [
      on(group, ["certificatesigningrequests/approval", "certificatesigningrequests/status"], change),
      on(group, ["signers"], ["approve", "sign"]),
    ],
  },
  {
    id: "csr-node-client",
    title: "certificates of nodes without approval",
    severity: "high",
    why: "Requests of the holder for client certificates of any node are approved automatically, and nodes read Secrets of their pods.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#approval",
    fix: "Grant it to bootstrap tokens alone, and renewals by certificatesigningrequests/selfnodeclient.",
    cis: ["5.1.11"],
    mitre: ["T1078"],
    grants: [on(group, ["certificatesigningrequests/nodeclient"], ["create"])],
  },
  {
    id: "csr-create",
    title: "requesting certificates",
    severity: "low",
    why: "Whoever approves such a request, a controller or a hurried person, makes a lasting identity of it.",
    source: pages.certificates,
    fix: "Use tokens of ServiceAccounts, which end with their pod.",
    mitre: ["T1078"],
    grants: [on(group, ["certificatesigningrequests"], ["create"])],
  },
  {
    id: "pod-certificates-request",
    title: "requesting certificates in the name of pods",
    severity: "high",
    namespaced: "medium",
    why: "Signers issue what the request says about pod and ServiceAccount; NodeRestriction checks it for kubelets alone.",
    source: `${pages.certificates}#pod-certificate-requests`,
    fix: "Leave it to kubelets, which request for pods with a podCertificate volume.",
    mitre: ["T1078"],
    grants: [on(group, ["podcertificaterequests"], ["create"])],
  },
  {
    id: "pod-certificates-sign",
    title: "answering certificate requests of pods",
    severity: "medium",
    namespaced: "low",
    why: "With sign on its signer the holder issues the certificates by which pods are known to each other.",
    source: `${pages.certificates}#pod-certificate-requests`,
    fix: "Grant it to the signer alone, and sign on its own signer name.",
    mitre: ["T1078"],
    grants: [on(group, ["podcertificaterequests/status"], change)],
  },
  {
    id: "trust-bundles-write",
    title: "changing ClusterTrustBundles",
    severity: "high",
    why: "Pods that mount a bundle trust every CA in it: a CA of the holder stands for any server that they call.",
    source: `${pages.certificates}#cluster-trust-bundles`,
    fix: "Grant attest by resourceNames on the holder's own signer name.",
    grants: [on(group, ["clustertrustbundles"], [...write, ...remove]), on(group, ["signers"], ["attest"])],
  },
];
