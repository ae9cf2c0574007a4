import { lets, type PermissionRule, write } from "../rule.ts";

export const admissionPoliciesWrite: PermissionRule = {
  id: "admission-policies-write",
  title: "changing admission policies",
  severity: "high",
  why: "Policies that guard the cluster can be switched off, and mutating ones change objects of others.",
  source: "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
  fix: "Limit it by resourceNames to the policies that the holder owns.",
  matches: (permission) =>
    lets(permission, [...write, "delete"], "admissionregistration.k8s.io", [
      "validatingadmissionpolicies",
      "validatingadmissionpolicybindings",
      "mutatingadmissionpolicies",
      "mutatingadmissionpolicybindings",
    ]),
};
