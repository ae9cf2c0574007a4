import { describeObject } from "../../model/objects.ts";
import type { Check } from "../check.ts";
import { pages } from "../rule.ts";

const prefix = "rbac.authorization.k8s.io/aggregate-to-";
const builtins = ["admin", "edit", "view"];

export const aggregatesInto: Check = {
  id: "aggregates-into",
  title: "a ClusterRole that adds to a built-in one",
  why: "Everyone who is bound to admin, edit or view gets these permissions, and those bindings do not stand here.",
  source: `${pages.rbac}#aggregated-clusterroles`,
  fix: "Aggregate into view only what every reader of a namespace may see, and bind the rest by a role of its own.",
  find: ({ state, permissionsOfRole }) =>
    state.roles.flatMap((role) => {
      const targets = builtins.filter((name) => role.labels[`${prefix}${name}`] === "true");
      if (role.origin.builtin === true || targets.length === 0) return [];
      const permissions = [...permissionsOfRole(role)];
      if (permissions.length === 0) return [];
      const about = `${describeObject(role)} into ${targets.join(", ")}`;
      return [{ severity: "medium" as const, about, scope: "", permissions, paths: [], origin: role.origin }];
    }),
};
