import type { UnresolvedReason } from "../../model/objects.ts";
import type { Check } from "../check.ts";
import type { Severity } from "../severity.ts";

const severities: Readonly<Record<UnresolvedReason, Severity>> = {
  secret: "high",
  unknown: "high",
  opaque: "high",
  "unknown-api-version": "high",
  "aggregation-cycle": "medium",
  // The role may well stand in another repository; that the binding trusts it is worth a look, no more.
  "missing-role": "medium",
};

export const unresolved: Check = {
  id: "unresolved",
  title: "permissions that cannot be read from the input",
  why: "What is not known may be anything, so no verdict covers it.",
  source: "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/",
  fix: "Use plain values in RBAC objects, pass rendered manifests, and include the roles that bindings refer to.",
  find: ({ state }) =>
    state.unresolved.map(({ reason, object, path, detail, origin }) => ({
      severity: severities[reason],
      about: `${object}${path === "" ? "" : ` ${path}`}: ${detail}`,
      scope: "",
      permissions: [],
      paths: [],
      origin,
    })),
};
