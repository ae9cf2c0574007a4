import { describeObject } from "../../model/objects.ts";
import { describeSubject } from "../../model/subject.ts";
import type { Check } from "../check.ts";
import { pages } from "../rule.ts";

export const defaultAccount: Check = {
  id: "default-account",
  title: "rights of a ServiceAccount 'default'",
  why: "Every pod that names no ServiceAccount runs as this one and gets its token.",
  source: `${pages.rbac}#service-account-permissions`,
  fix: "Make a ServiceAccount for the workload and bind that.",
  find: ({ state }) =>
    state.bindings.flatMap((binding) => {
      const role = state.roleOf(binding);
      if (binding.origin.builtin === true || role === undefined || state.rulesOf(role).length === 0) return [];
      const path = {
        binding: describeObject(binding),
        role: describeObject(role),
        origin: binding.origin,
        roleOrigin: role.origin,
      };
      return binding.subjects
        .filter(({ kind, name }) => kind === "ServiceAccount" && name === "default")
        .map((subject) => ({
          severity: "medium" as const,
          about: `${describeSubject(subject)} by ${path.binding}`,
          scope: binding.namespace,
          permissions: [],
          paths: [path],
          origin: binding.origin,
        }));
    }),
};
