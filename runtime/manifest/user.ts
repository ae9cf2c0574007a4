import type { Static } from "typebox";
import type { ModulePolicy } from "#contract";
import type { PodSecuritySchema } from "./kubernetes-schemas.ts";
import type { ContainerOptions } from "./module-options.ts";
import type { Field } from "./object-reader.ts";
import { type Problems, pathOf, plainText, shown } from "./problems.ts";

type User = ContainerOptions["user"];

/** What the manifest says about a module's user. */
interface UserFields {
  /** Docker's `User`, which wins. */
  readonly user: Field | undefined;
  readonly security: Static<typeof PodSecuritySchema>;
  readonly securityPath: string;
}

/**
 * The user that a module runs as; undefined when it names none. Names are known to the image alone, and Kubernetes must
 * know that it is not root, unless the policy lets it be.
 */
export function readUser({ user, security, securityPath }: UserFields, policy: ModulePolicy, problems: Problems): User {
  return readDockerUser(user, policy, problems) ?? readKubernetesUser(security, securityPath, policy, problems);
}

/** `uid` or `uid:gid`; `root` is 0. */
function readDockerUser(field: Field | undefined, policy: ModulePolicy, problems: Problems): User {
  if (field === undefined || field.value === "") return undefined;
  const text = plainText(field.value).replaceAll(/\broot\b/g, "0");
  const match = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(text);
  if (match === null) {
    const remedy = 'Write the number of a user other than root: "1000".';
    problems.error(field.path, `${shown(field.value)} is not a numeric user`, remedy);
    return undefined;
  }
  const uid = Number(match[1]);
  if (uid === 0 && !policy.root) {
    const remedy =
      'Write the number of another user: "1000", or let the installation allow it by edgeAgent.policy.root.';
    problems.forbid(field.path, `${shown(field.value)} is root`, { field: "root" }, remedy);
    return undefined;
  }
  if (match[2] === undefined) return { uid };
  const gid = Number(match[2]);
  refuseRootGroup({ path: field.path, gid }, policy, problems);
  return { uid, gid };
}

/** Files of root's group are often writable for it: group 0 counts as root. */
export function refuseRootGroup(
  { path, gid }: { readonly path: string; readonly gid: number },
  policy: ModulePolicy,
  problems: Problems,
): void {
  if (gid === 0 && !policy.root) problems.forbid(path, "0 is the group of root", { field: "root" });
}

/** The user of `k8s-experimental.securityContext` is the module's, not the proxy's, which has its own. */
function readKubernetesUser(
  { runAsUser, runAsGroup, runAsNonRoot }: UserFields["security"],
  path: string,
  policy: ModulePolicy,
  problems: Problems,
): User {
  if (runAsGroup !== undefined)
    refuseRootGroup({ path: pathOf(path, "runAsGroup"), gid: runAsGroup }, policy, problems);
  if (runAsUser === 0 && !policy.root) {
    problems.forbid(pathOf(path, "runAsUser"), "0 is root", { field: "root" });
    return undefined;
  }
  if (runAsNonRoot === false && !policy.root) {
    problems.forbid(pathOf(path, "runAsNonRoot"), "false lets the module be root", { field: "root" });
    return undefined;
  }
  if (runAsUser === undefined) return runAsNonRoot === false ? "image" : undefined;
  return runAsGroup === undefined ? { uid: runAsUser } : { uid: runAsUser, gid: runAsGroup };
}
