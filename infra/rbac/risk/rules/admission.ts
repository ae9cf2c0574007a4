import { on, type PermissionRule, pages, remove, write } from "../rule.ts";

const group = "admissionregistration.k8s.io";

/** What decides which objects the API server admits. Taking a guard away is as bad as replacing it. */
export const admissionRules: readonly PermissionRule[] = [
  {
    id: "webhooks-write",
    title: "changing admission webhooks",
    severity: "critical",
    why: "A webhook sees every object that it is asked about, Secrets included, and a mutating one may change them all.",
    source: `${pages.goodPractices}#control-admission-webhooks`,
    fix: "Limit it by resourceNames to the webhook that the holder owns.",
    cis: ["5.1.12"],
    mitre: ["T1562.001", "T1552.007"],
    grants: [on(group, ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"], [...write, ...remove])],
  },
  {
    id: "admission-policies-write",
    title: "changing admission policies",
    severity: "high",
    why: "Policies that guard the cluster can be switched off, and mutating ones change objects of others.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
    fix: "Limit it by resourceNames to the policies that the holder owns.",
    mitre: ["T1562.001"],
    grants: [
      on(
        group,
        [
          "validatingadmissionpolicies",
          "validatingadmissionpolicybindings",
          "mutatingadmissionpolicies",
          "mutatingadmissionpolicybindings",
        ],
        [...write, ...remove],
      ),
    ],
  },
];
