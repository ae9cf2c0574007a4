import { lets, type PermissionRule, pages, write } from "../rule.ts";

export const webhooksWrite: PermissionRule = {
  id: "webhooks-write",
  title: "changing admission webhooks",
  severity: "critical",
  why: "A webhook sees every object that it is asked about, Secrets included, and a mutating one may change them all.",
  source: `${pages.goodPractices}#control-admission-webhooks`,
  fix: "Limit it by resourceNames to the webhook that the holder owns.",
  matches: (permission) =>
    lets(permission, [...write, "delete"], "admissionregistration.k8s.io", [
      "mutatingwebhookconfigurations",
      "validatingwebhookconfigurations",
    ]),
};
