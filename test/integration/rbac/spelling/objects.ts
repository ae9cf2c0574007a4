import type { Random } from "./random.ts";

/** A value that YAML and JSON can hold. */
export type Plain = string | readonly Plain[] | { readonly [key: string]: Plain };
export type PlainMap = { readonly [key: string]: Plain };

export const group = "rbac.authorization.k8s.io";
export const apiVersion = `${group}/v1`;

/** Grants of all kinds, whose names nobody else uses. */
export function grants(random: Random, stem: string): PlainMap[] {
  const count = 1 + random.below(2);
  return Array.from({ length: count }, (_, index) => grant(random, `${stem}-${index}`));
}

function grant(random: Random, name: string): PlainMap {
  const kind = random.pick(["ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role"]);
  const namespace: PlainMap = kind.startsWith("Cluster") || random.chance(20) ? {} : { namespace: "default" };
  const head = { apiVersion, kind, metadata: { name, ...namespace } };
  if (kind.endsWith("Role")) return { ...head, rules: some(random, 3, () => rule(random, kind)) };
  const refKind = kind === "RoleBinding" ? random.pick(["Role", "ClusterRole"]) : "ClusterRole";
  const roleRef = {
    apiGroup: group,
    kind: refKind,
    name: random.pick(["cluster-admin", "view", "0o18", "x:y", "1e999"]),
  };
  return { ...head, roleRef, subjects: some(random, 3, () => subject(random)) };
}

function rule(random: Random, kind: string): PlainMap {
  const verbs = some(random, 3, () => random.pick(["get", "list", "*", "impersonate:user-info", "create"]));
  if (kind === "ClusterRole" && random.chance(15))
    return { nonResourceURLs: [random.pick(["/metrics", "*", "/logs/*"])], verbs };
  return {
    apiGroups: some(random, 2, () => random.pick(["", "*", "apps", group])),
    resources: some(random, 2, () => random.pick(["secrets", "*", "pods/exec", "nodes", "*/scale"])),
    verbs,
    ...(random.chance(20) ? { resourceNames: [random.pick(["tls", "a.b", "~x", "0x_g", "2001-01-01", "<<"])] } : {}),
  };
}

function subject(random: Random): PlainMap {
  const kind = random.pick(["User", "Group", "ServiceAccount"]);
  const name = random.pick([
    "mallory",
    "system:masters",
    "a b",
    "it's",
    "x#y",
    "# x",
    "a: b",
    "-",
    "é",
    "1_0x",
    "null x",
    '"q"',
  ]);
  if (kind === "ServiceAccount") return { kind, name: "bot", namespace: random.pick(["kube-system", "default"]) };
  return { kind, name, apiGroup: group };
}

const some = <T>(random: Random, most: number, make: () => T): T[] =>
  Array.from({ length: 1 + random.below(most) }, make);
