import { type PermissionRule, pages } from "../rule.ts";

export const wildcardPaths: PermissionRule = {
  id: "wildcard-paths",
  title: "a wildcard in non-resource URLs",
  severity: "medium",
  why: "All paths include /debug/pprof, /logs and /metrics of the API server, which tell about its memory and its users.",
  source: `${pages.rbac}#referring-to-resources`,
  fix: "List the paths, such as /livez and /version.",
  matches: (permission) => permission.url === "*" || permission.url === "/*",
};
