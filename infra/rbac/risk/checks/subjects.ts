import { type Binding, describeObject, type Role } from "../../model/objects.ts";
import { pathOf } from "../../model/power.ts";
import {
  anonymousUser,
  authenticatedGroup,
  canonicalSubject,
  describeSubject,
  mastersGroup,
  type Subject,
  serviceAccountsGroup,
  subjectKey,
  unauthenticatedGroup,
} from "../../model/subject.ts";
import type { Check } from "../check.ts";
import { pages, type RuleText } from "../rule.ts";
import type { Severity } from "../severity.ts";

const nodesGroup = "system:nodes";

export const everyone = subjectCheck(
  {
    id: "everyone",
    title: "a binding to everyone",
    why: "Who belongs to these groups is nobody's choice: all users, all pods, or whoever reaches the API server's port.",
    source: `${pages.goodPractices}#hardening`,
    fix: "Bind the ServiceAccounts and groups that are meant.",
    mitre: ["T1078"],
  },
  (subject) => severityOfEveryone.get(subjectKey(subject)),
);

const severityOfEveryone: ReadonlyMap<string, Severity> = new Map([
  [`Group ${unauthenticatedGroup}`, "critical"],
  [`User ${anonymousUser}`, "critical"],
  [`Group ${authenticatedGroup}`, "high"],
  [`Group ${serviceAccountsGroup}`, "high"],
]);

export const systemMasters = subjectCheck(
  {
    id: "system-masters",
    title: "a binding to system:masters",
    why: "Members of this group may do everything whatever RBAC says, so no change of RBAC takes it from them: a binding tells that it is in use.",
    source: `${pages.goodPractices}#least-privilege`,
    fix: "Bind a group of your own to cluster-admin, and keep credentials of system:masters for emergencies.",
    cis: ["5.1.7"],
    mitre: ["T1078"],
  },
  ({ kind, name }) => (kind === "Group" && name === mastersGroup ? "high" : undefined),
);

export const namespaceAccounts = subjectCheck(
  {
    id: "namespace-accounts",
    title: "a binding to all ServiceAccounts of a namespace",
    why: "Every pod of the namespace gets these rights, and so does whoever may create pods or ServiceAccounts there.",
    source: `${pages.rbac}#service-account-permissions`,
    fix: "Bind the ServiceAccounts that are meant.",
    cis: ["5.1.5"],
    mitre: ["T1078"],
  },
  ({ kind, name }, scope) => {
    if (kind !== "Group" || !name.startsWith(`${serviceAccountsGroup}:`)) return undefined;
    return scope === "" ? "medium" : "low";
  },
);

export const allNodes = subjectCheck(
  {
    id: "all-nodes",
    title: "a binding to all nodes",
    why: "Whoever takes over one node holds these rights, past the node authorizer, which keeps a node to its own pods.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/node/",
    fix: "Leave nodes to the node authorizer, and give agents on nodes a ServiceAccount.",
    mitre: ["T1078"],
  },
  ({ kind, name }) => (kind === "Group" && name === nodesGroup ? "low" : undefined),
);

export const defaultAccount = subjectCheck(
  {
    id: "default-account",
    title: "rights of a ServiceAccount 'default'",
    why: "Every pod that names no ServiceAccount runs as this one and gets its token.",
    source: `${pages.rbac}#service-account-permissions`,
    fix: "Make a ServiceAccount for the workload and bind that.",
    cis: ["5.1.5"],
    mitre: ["T1078.001"],
  },
  (subject) => {
    const { kind, name } = canonicalSubject(subject);
    return kind === "ServiceAccount" && name === "default" ? "medium" : undefined;
  },
);

/** What somebody has declared of both. */
const originOf = (binding: Binding, role: Role) => (binding.origin.builtin === true ? role.origin : binding.origin);

/** A rule about who is bound, whatever the role grants, as long as it grants something. */
function subjectCheck(text: RuleText, severityOf: (subject: Subject, scope: string) => Severity | undefined): Check {
  return {
    ...text,
    find: ({ state }) =>
      state.bindings.flatMap((binding) => {
        const role = state.roleOf(binding);
        if (role === undefined || state.isOfServer(binding) || state.rulesOf(role).length === 0) return [];
        // The same ServiceAccount may stand there by both of its names.
        const subjects = new Map(binding.subjects.map((subject) => [subjectKey(subject), subject]));
        return [...subjects.values()].flatMap((subject) => {
          const severity = severityOf(subject, binding.namespace);
          if (severity === undefined) return [];
          const about = `${describeSubject(canonicalSubject(subject))} by ${describeObject(binding)}`;
          const paths = [pathOf(binding, role)];
          return [
            { severity, about, scope: binding.namespace, permissions: [], paths, origin: originOf(binding, role) },
          ];
        });
      }),
  };
}
