import { describeObject } from "../../model/objects.ts";
import { anonymousUser, describeSubject, subjectKey, unauthenticatedGroup } from "../../model/subject.ts";
import type { Check } from "../check.ts";
import { pages } from "../rule.ts";

const anonymous = new Set([`Group ${unauthenticatedGroup}`, `User ${anonymousUser}`]);
const wide = new Set(["Group system:authenticated", "Group system:serviceaccounts"]);

export const everyone: Check = {
  id: "everyone",
  title: "a binding to everyone",
  why: "Who belongs to these groups is nobody's choice: all users, all pods, or whoever reaches the API server's port.",
  source: `${pages.goodPractices}#hardening`,
  fix: "Bind the ServiceAccounts and groups that are meant.",
  find: ({ state }) =>
    state.bindings.flatMap((binding) => {
      const role = state.roleOf(binding);
      if (binding.origin.builtin === true || role === undefined || state.rulesOf(role).length === 0) return [];
      return binding.subjects.flatMap((subject) => {
        const key = subjectKey(subject);
        if (!anonymous.has(key) && !wide.has(key)) return [];
        const severity = anonymous.has(key) ? ("critical" as const) : ("high" as const);
        const path = {
          binding: describeObject(binding),
          role: describeObject(role),
          origin: binding.origin,
          roleOrigin: role.origin,
        };
        const about = `${describeSubject(subject)} by ${describeObject(binding)}`;
        return [{ severity, about, scope: binding.namespace, permissions: [], paths: [path], origin: binding.origin }];
      });
    }),
};
