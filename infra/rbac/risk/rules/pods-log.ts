import { lets, type PermissionRule, pages } from "../rule.ts";

export const podsLog: PermissionRule = {
  id: "pods-log",
  title: "reading logs of pods",
  severity: "medium",
  namespaced: "low",
  why: "Logs often hold personal data and sometimes credentials.",
  source: `${pages.goodPractices}#least-privilege`,
  fix: "Grant it in the namespaces that are meant.",
  matches: (permission) => lets(permission, ["get"], "", ["pods/log"]),
};
