import { type PermissionRule, pages } from "../rule.ts";

export const wildcard: PermissionRule = {
  id: "wildcard",
  title: "a wildcard in verbs, groups or resources",
  severity: "medium",
  namespaced: "low",
  why: "A wildcard includes resources, subresources and verbs that do not exist yet, such as those of a later API version.",
  source: `${pages.goodPractices}#least-privilege`,
  fix: "List the verbs and resources one by one.",
  matches: (permission) =>
    permission.url === "" &&
    [permission.verb, permission.group, permission.resource].some((word) => word.startsWith("*")) &&
    ![permission.verb, permission.group, permission.resource].every((word) => word === "*"),
};
