import { EdgeError } from "#base";
import { Collector } from "../collect/collector.ts";
import { buildDiff, buildLint } from "../report/build.ts";
import type { Report } from "../report/model.ts";
import { addManifests } from "../source/manifests.ts";
import { onlyCluster, type Source } from "../source/source.ts";

/** A source from YAML, for tests. */
export function sourceOf(yaml: string, file = "test.yaml"): Source {
  const collector = new Collector({ cluster: onlyCluster });
  addManifests(collector, yaml, file);
  return { title: file, clusters: [collector.objects()] };
}

/** A ClusterRole or Role in flow style, the rules as YAML. */
export function role(name: string, rules: string, namespace?: string, extra = ""): string {
  const kind = namespace === undefined ? "ClusterRole" : "Role";
  return `---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: ${metadata(name, namespace, extra)}\nrules: ${rules}\n`;
}

/** A binding of one role to subjects such as `sa:ns/name`, `user:x`, `group:y`. */
export function binding(name: string, roleRef: string, subjects: readonly string[], namespace?: string): string {
  const kind = namespace === undefined ? "ClusterRoleBinding" : "RoleBinding";
  const [refKind, refName] = roleRef.split("/");
  const list = subjects.map(subject).join(", ");
  return `---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: ${metadata(name, namespace)}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ${refKind}, name: "${refName}"}\nsubjects: [${list}]\n`;
}

export function serviceAccount(namespace: string, name: string): string {
  return `---\napiVersion: v1\nkind: ServiceAccount\nmetadata: ${metadata(name, namespace)}\n`;
}

/** A rule in flow style. */
export function rule(verbs: string, resources: string, group = "", names = ""): string {
  const resourceNames = names === "" ? "" : `, resourceNames: ${words(names)}`;
  return `{apiGroups: ["${group}"], resources: ${words(resources)}, verbs: ${words(verbs)}${resourceNames}}`;
}

/** Code and message of the error that a promise ends with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return error instanceof EdgeError ? `${error.code} ${error.message}` : String(error);
}
/** The changes of a diff, one short line each, to be compared with a table. */
export function summary(report: Report): string[] {
  return [
    ...report.changes.flatMap((change) =>
      [...change.gained, ...change.lost].map(
        ({ how, scope, verbs, target }) => `${change.subject} ${how} ${verbs.toSorted().join(",")} ${target} @${scope}`,
      ),
    ),
    ...report.retargeted.map(({ binding, from, to }) => `${binding}: ${from} => ${to}`),
    ...report.latent.map(({ role, how }) => `${role} ${how}`),
    ...report.unresolved.map(({ object, path, reason, side }) => `${side} ${reason} ${object} ${path}`.trim()),
  ].sort();
}

export const diff = (base: string, head: string): Report =>
  buildDiff(sourceOf(base, "base.yaml"), sourceOf(head, "head.yaml"));
export const lint = (yaml: string, file?: string): Report => buildLint(sourceOf(yaml, file));

const metadata = (name: string, namespace?: string, extra = "") =>
  `{name: "${name}"${namespace === undefined ? "" : `, namespace: ${namespace}`}${extra === "" ? "" : `, ${extra}`}}`;

const words = (text: string) =>
  `[${text
    .split(" ")
    .map((word) => `"${word}"`)
    .join(", ")}]`;

function subject(text: string): string {
  const [kind = "", name = ""] = [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)];
  if (kind === "sa") {
    const [namespace, account] = name.split("/");
    return `{kind: ServiceAccount, namespace: ${namespace}, name: ${account}}`;
  }
  return `{kind: ${kind === "user" ? "User" : "Group"}, apiGroup: rbac.authorization.k8s.io, name: "${name}"}`;
}
