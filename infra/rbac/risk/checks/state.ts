import { describeObject, type Unresolved, type UnresolvedReason } from "../../model/objects.ts";
import { describeSubject } from "../../model/subject.ts";
import type { Check } from "../check.ts";
import { pages } from "../rule.ts";
import type { Severity } from "../severity.ts";

const severityOfReason: Readonly<Record<Exclude<UnresolvedReason, "missing-role">, Severity>> = {
  secret: "high",
  unknown: "high",
  opaque: "high",
  "unknown-api-version": "high",
  unreadable: "high",
  "aggregation-cycle": "medium",
};

/**
 * A missing role may well stand in another repository, and hold anything: in a namespace that is worth a look, everywhere
 * it may be the whole cluster.
 */
function severityOf({ reason, object }: Unresolved): Severity {
  if (reason !== "missing-role") return severityOfReason[reason];
  return object.startsWith("ClusterRoleBinding ") ? "high" : "medium";
}

export const unresolved: Check = {
  id: "unresolved",
  title: "permissions that cannot be read from the input",
  why: "What is not known may be anything, so no verdict covers it.",
  source: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  fix: "Use plain values in RBAC objects, pass rendered manifests, and include the roles that bindings refer to.",
  find: ({ state }) =>
    state.unresolved.map((one) => ({
      severity: severityOf(one),
      // The path of a file differs from checkout to checkout.
      // And who holds a missing role is no part of its name.
      ...(one.reason === "missing-role" || (one.origin.file !== undefined && one.object.includes(one.origin.file))
        ? { identity: `${one.reason} ${one.content ?? one.identity}` }
        : {}),
      about: `${one.object}${one.path === "" ? "" : ` ${one.path}`}: ${one.detail}`,
      scope: "",
      permissions: [],
      paths: [],
      origin: one.origin,
    })),
};

const aggregationPrefix = "rbac.authorization.k8s.io/aggregate-to-";
const builtinTargets = ["admin", "edit", "view"];

export const aggregatesInto: Check = {
  id: "aggregates-into",
  title: "a ClusterRole that adds to a built-in one",
  why: "Everyone who is bound to admin, edit or view gets these permissions, and those bindings do not stand here.",
  source: `${pages.rbac}#aggregated-clusterroles`,
  fix: "Aggregate into view only what every reader of a namespace may see, and bind the rest by a role of its own.",
  mitre: ["T1098.006"],
  find: ({ state, permissionsOfRole }) =>
    state.roles.flatMap((role) => {
      const targets = builtinTargets.filter((name) => role.labels[`${aggregationPrefix}${name}`] === "true");
      if (role.origin.builtin === true || targets.length === 0) return [];
      const permissions = [...permissionsOfRole(role)];
      if (permissions.length === 0) return [];
      const about = `${describeObject(role)} into ${targets.join(", ")}`;
      return [{ severity: "medium" as const, about, scope: "", permissions, paths: [], origin: role.origin }];
    }),
};

export const danglingAccount: Check = {
  id: "dangling-account",
  title: "a binding to a ServiceAccount that does not exist",
  why: "Whoever may create ServiceAccounts in that namespace takes over the rights by choosing the name.",
  source: `${pages.goodPractices}#periodic-review`,
  fix: "Delete the binding, or the subject in it.",
  mitre: ["T1136"],
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
