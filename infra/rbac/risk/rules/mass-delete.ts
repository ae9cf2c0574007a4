import { type PermissionRule, pages } from "../rule.ts";

export const massDelete: PermissionRule = {
  id: "mass-delete",
  title: "deleting whole collections",
  severity: "medium",
  namespaced: "low",
  why: "One request deletes all objects of a kind, and resourceNames do not limit it.",
  source: `${pages.goodPractices}#denial-of-service-risks`,
  fix: "Grant delete instead.",
  matches: (permission) => permission.verb === "deletecollection",
};
