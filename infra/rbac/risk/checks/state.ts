import { describeObject, type UnresolvedReason } from "../../model/objects.ts";
import { pathOf } from "../../model/power.ts";
import { anonymousUser, describeSubject, subjectKey, unauthenticatedGroup } from "../../model/subject.ts";
import type { Check } from "../check.ts";
import { pages } from "../rule.ts";
import type { Severity } from "../severity.ts";

const severityOfReason: Readonly<Record<UnresolvedReason, Severity>> = {
  secret: "high",
  unknown: "high",
  opaque: "high",
  "unknown-api-version": "high",
  unreadable: "high",
  "aggregation-cycle": "medium",
  // The role may well stand in another repository; that the binding trusts it is worth a look, no more.
  "missing-role": "medium",
};

export const unresolved: Check = {
  id: "unresolved",
  title: "permissions that cannot be read from the input",
  why: "What is not known may be anything, so no verdict covers it.",
  source: "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/",
  fix: "Use plain values in RBAC objects, pass rendered manifests, and include the roles that bindings refer to.",
  find: ({ state }) =>
    state.unresolved.map(({ reason, object, path, detail, identity, origin }) => ({
      severity: severityOfReason[reason],
      // The path of a file differs from checkout to checkout.
      ...(origin.file !== undefined && object.includes(origin.file) ? { identity: `${reason} ${identity}` } : {}),
      about: `${object}${path === "" ? "" : ` ${path}`}: ${detail}`,
      scope: "",
      permissions: [],
      paths: [],
      origin,
    })),
};

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
        const path = pathOf(binding, role);
        const about = `${describeSubject(subject)} by ${describeObject(binding)}`;
        return [{ severity, about, scope: binding.namespace, permissions: [], paths: [path], origin: binding.origin }];
      });
    }),
};

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
      const path = pathOf(binding, role);
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

const aggregationPrefix = "rbac.authorization.k8s.io/aggregate-to-";
const builtinTargets = ["admin", "edit", "view"];

export const aggregatesInto: Check = {
  id: "aggregates-into",
  title: "a ClusterRole that adds to a built-in one",
  why: "Everyone who is bound to admin, edit or view gets these permissions, and those bindings do not stand here.",
  source: `${pages.rbac}#aggregated-clusterroles`,
  fix: "Aggregate into view only what every reader of a namespace may see, and bind the rest by a role of its own.",
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
