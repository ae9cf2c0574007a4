import { on, type PermissionRule, write } from "../../rule.ts";

const group = "gateway.networking.k8s.io";
const docs = "https://gateway-api.sigs.k8s.io/";

/** Traffic by the Gateway API. */
export const gatewayApiRules: readonly PermissionRule[] = [
  {
    id: "gateway-routes-write",
    pack: "Gateway API",
    title: "writing routes of the Gateway API",
    severity: "medium",
    namespaced: "low",
    why: "A route publishes Services to the outside, and takes host names and paths that the gateway's listener leaves open.",
    source: `${docs}concepts/security/`,
    fix: "Say in listeners which namespaces may attach routes, and which host names.",
    grants: [on(group, ["httproutes", "grpcroutes", "tlsroutes", "tcproutes", "udproutes"], write)],
  },
  {
    id: "gateways-write",
    pack: "Gateway API",
    title: "writing Gateways",
    severity: "high",
    namespaced: "medium",
    why: "A gateway listens outside of the cluster with certificates from Secrets, and decides whose routes count.",
    source: `${docs}concepts/security/`,
    fix: "Leave gateways and classes to the operators of the cluster.",
    grants: [on(group, ["gateways", "gatewayclasses", "listenersets", "backendtlspolicies"], write)],
  },
  {
    id: "reference-grants-write",
    pack: "Gateway API",
    title: "writing ReferenceGrants",
    severity: "high",
    namespaced: "medium",
    why: "It lets routes and gateways of other namespaces use the Services and Secrets of this one.",
    source: `${docs}api-types/referencegrant/`,
    fix: "Leave them to the owners of the namespace.",
    mitre: ["T1552.007"],
    grants: [on(group, ["referencegrants"], write)],
  },
];
