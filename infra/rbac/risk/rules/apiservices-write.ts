import { lets, type PermissionRule, write } from "../rule.ts";

export const apiservicesWrite: PermissionRule = {
  id: "apiservices-write",
  title: "changing APIServices",
  severity: "critical",
  why: "Requests of a whole API group, with the identity of whoever makes them, go to a server of the holder's choice.",
  source: "https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/",
  fix: "Limit it by resourceNames to the API that the holder serves.",
  matches: (permission) => lets(permission, write, "apiregistration.k8s.io", ["apiservices"]),
};
