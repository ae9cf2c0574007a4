import { lets, type PermissionRule, write } from "../rule.ts";

export const crdsWrite: PermissionRule = {
  id: "crds-write",
  title: "changing CustomResourceDefinitions",
  severity: "high",
  why: "Deleting a definition deletes all of its objects; a changed conversion webhook reads and rewrites them.",
  source: "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/",
  fix: "Leave definitions to the deployment pipeline.",
  matches: (permission) =>
    lets(permission, [...write, "delete"], "apiextensions.k8s.io", ["customresourcedefinitions"]),
};
