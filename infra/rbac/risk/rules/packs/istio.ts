import { on, type PermissionRule, remove, write } from "../../rule.ts";

const docs = "https://istio.io/latest/docs/";

/** What the sidecars and gateways of Istio do with traffic. */
export const istioRules: readonly PermissionRule[] = [
  {
    id: "istio-proxies-write",
    pack: "Istio",
    title: "changing proxies of Istio",
    severity: "high",
    namespaced: "medium",
    why: "They put configuration or code into the proxies, which hold the certificates and see the traffic of their pods; in Istio's root namespace those of all.",
    source: `${docs}reference/config/networking/envoy-filter/`,
    fix: "Leave them to the administrators.",
    mitre: ["T1552"],
    grants: [
      on("networking.istio.io", ["envoyfilters", "proxyconfigs"], write),
      on("extensions.istio.io", ["wasmplugins"], write),
    ],
  },
  {
    id: "istio-security-write",
    pack: "Istio",
    title: "changing who may call whom in Istio",
    severity: "high",
    namespaced: "medium",
    why: "They decide which callers are let in, whether TLS is needed, and whose tokens are trusted.",
    source: `${docs}concepts/security/#authorization`,
    fix: "Leave policies to the administrators.",
    mitre: ["T1562"],
    grants: [
      on(
        "security.istio.io",
        ["authorizationpolicies", "peerauthentications", "requestauthentications"],
        [...write, ...remove],
      ),
    ],
  },
  {
    id: "istio-routes-write",
    pack: "Istio",
    title: "writing routes of Istio",
    severity: "medium",
    namespaced: "low",
    why: "Unless exportTo and the gateway's namespaces limit it, they lead traffic for hosts of other namespaces elsewhere.",
    source: `${docs}ops/best-practices/security/#gateways`,
    fix: "Set defaultVirtualServiceExportTo and its like to the own namespace, and bind hosts to namespaces in gateways.",
    grants: [
      on(
        "networking.istio.io",
        ["virtualservices", "destinationrules", "gateways", "serviceentries", "sidecars", "workloadentries"],
        write,
      ),
    ],
  },
];
