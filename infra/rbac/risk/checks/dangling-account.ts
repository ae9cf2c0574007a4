import { describeObject } from "../../model/objects.ts";
import { describeSubject } from "../../model/subject.ts";
import type { Check } from "../check.ts";
import { pages } from "../rule.ts";

export const danglingAccount: Check = {
  id: "dangling-account",
  title: "a binding to a ServiceAccount that does not exist",
  why: "Whoever may create ServiceAccounts in that namespace takes over the rights by choosing the name.",
  source: `${pages.goodPractices}#periodic-review`,
  fix: "Delete the binding, or the subject in it.",
  find: ({ state }) => {
    // Only a live cluster shows that an account is nowhere else.
    if (!state.objects.complete) return [];
    const known = new Set(state.objects.serviceAccounts.map(({ namespace, name }) => `${namespace}/${name}`));
    return state.bindings
      .filter(({ origin }) => origin.builtin !== true)
      .flatMap((binding) =>
        binding.subjects
          .filter(({ kind, namespace, name }) => kind === "ServiceAccount" && !known.has(`${namespace}/${name}`))
          .map((subject) => ({
            severity: "low" as const,
            about: `${describeSubject(subject)} in ${describeObject(binding)}`,
            scope: binding.namespace,
            permissions: [],
            paths: [],
            origin: binding.origin,
          })),
      );
  },
};
