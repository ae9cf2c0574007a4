import type { objectNames as contractNames } from "#contract";
import { covers, type Permission } from "../../model/permission.ts";
import type { Power, PowerIndex } from "../../model/power.ts";
import { canonicalSubject, describeSubject, type Subject, serviceAccountUser } from "../../model/subject.ts";
import type { Check, CheckFinding } from "../check.ts";
import type { RuleText } from "../rule.ts";
import type { Severity } from "../severity.ts";

/** As in the contract, which linting a file does not wait for: the compiler keeps the names the same. */
const objectNames = { iotedged: "iotedged", edgeAgent: "edgeagent" } as const satisfies Pick<
  typeof contractNames,
  "iotedged" | "edgeAgent"
>;

const source = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege";

/** What iotedged may do outside of its namespace: all of `system:auth-delegator`, and listing nodes. */
const iotedgedElsewhere: readonly Permission[] = [
  { verb: "create", group: "authentication.k8s.io", resource: "tokenreviews", name: "", url: "" },
  { verb: "create", group: "authorization.k8s.io", resource: "subjectaccessreviews", name: "", url: "" },
  { verb: "list", group: "", resource: "nodes", name: "", url: "" },
];

export const edgeAgentConfined = invariant(
  "critical",
  {
    id: "edgeagent-confined",
    title: "a right of EdgeAgent outside of its namespace",
    why: "EdgeAgent acts on a manifest that comes from outside; its namespace is the limit of what that can do.",
    source,
    fix: "Take the binding away: EdgeAgent needs none but RoleBinding edgeagent in its own namespace.",
  },
  (account) => account.name === objectNames.edgeAgent,
  ({ scope }, account) => scope !== account.namespace,
);

export const iotedgedConfined = invariant(
  "high",
  {
    id: "iotedged-confined",
    title: "a right of iotedged outside of its namespace",
    why: "Beside TokenReviews and the list of nodes iotedged needs nothing of the cluster.",
    source,
    fix: "Bind it to system:auth-delegator and iotedge:{name}:iotedge:node-observer alone.",
  },
  (account) => account.name === objectNames.iotedged,
  ({ scope, permission }, account) =>
    scope !== account.namespace && !(scope === "" && iotedgedElsewhere.some((allowed) => covers(allowed, permission))),
);

export const modulesWithoutRights = invariant(
  "critical",
  {
    id: "modules-without-rights",
    title: "a right of a module",
    why: "Modules are code from elsewhere. None of them gets a token of the API server, and none has any right there.",
    source,
    fix: "Take the binding away; what needs the API server runs outside of the installation's namespace.",
  },
  (account) => account.name !== objectNames.edgeAgent && account.name !== objectNames.iotedged,
  () => true,
);

interface Account {
  readonly namespace: string;
  readonly name: string;
}
interface Held {
  readonly scope: string;
  readonly permission: Permission;
}

/** An installation is a namespace with the ServiceAccounts of both daemons. */
function invariant(
  severity: Severity,
  text: RuleText,
  concerns: (account: Account) => boolean,
  forbidden: (held: Held, account: Account) => boolean,
): Check {
  return {
    ...text,
    find: (index) =>
      accountsOfInstallations(index)
        .filter(concerns)
        .flatMap((account) => violations(index, account, forbidden).map((one) => ({ ...one, severity }))),
  };
}

/** Whether a permission that is granted everywhere is one that an installation's iotedged cannot do without. */
export function neededByInstallations(
  index: PowerIndex,
): (subject: Subject, scope: string, permission: Permission) => boolean {
  const isInstallation = installationsOf(index);
  return (subject, scope, permission) => {
    if (scope !== "" || !iotedgedElsewhere.some((allowed) => covers(allowed, permission))) return false;
    const { kind, namespace, name } = canonicalSubject(subject);
    return kind === "ServiceAccount" && name === objectNames.iotedged && isInstallation(namespace);
  };
}

function installationsOf({ state }: PowerIndex): (namespace: string) => boolean {
  const accounts = new Set(state.objects.serviceAccounts.map(({ namespace, name }) => `${namespace}/${name}`));
  return (namespace) =>
    accounts.has(`${namespace}/${objectNames.edgeAgent}`) && accounts.has(`${namespace}/${objectNames.iotedged}`);
}

function accountsOfInstallations(index: PowerIndex): Account[] {
  const { keys, powerOf } = index;
  const isInstallation = installationsOf(index);
  return [...keys].flatMap((key) => {
    const subject = key.startsWith("User system:serviceaccount:") ? powerOf(key)?.subject : undefined;
    return subject?.kind === "ServiceAccount" && isInstallation(subject.namespace) ? [subject] : [];
  });
}

function violations(
  index: PowerIndex,
  account: Account,
  forbidden: (held: Held, account: Account) => boolean,
): Omit<CheckFinding, "severity">[] {
  const key = `User ${serviceAccountUser(account.namespace, account.name)}`;
  const power = index.powerOf(key);
  return [...(power?.scopes ?? [])].flatMap(([scope, set]) => {
    const permissions = [...set].filter((permission) => forbidden({ scope, permission }, account));
    const [first] = permissions;
    if (first === undefined) return [];
    const paths = index.pathsOf(key, scope, first);
    const about = describeSubject({ kind: "ServiceAccount", ...pick(account) });
    return [{ about, scope, permissions, paths, origin: originOf(power, scope) }];
  });
}

const pick = ({ namespace, name }: Account) => ({ namespace, name });

const originOf = (power: Power | undefined, scope: string) =>
  power?.grants.find(({ binding }) => binding.namespace === scope)?.binding.origin ?? {};
