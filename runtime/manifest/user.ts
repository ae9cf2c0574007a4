import type { Static } from "typebox";
import { type ModulePolicy, type ModuleSettings, type ModuleUser, moduleUsers } from "#contract";
import type { PodSecuritySchema } from "./kubernetes-schemas.ts";
import { fixed, say } from "./message.ts";
import type { ContainerOptions } from "./module-options.ts";
import { highestNumber, isTooHigh, numberOf } from "./numbers.ts";
import type { Field } from "./object-reader.ts";
import { type Problems, pathOf, plainText, shown } from "./problems.ts";

type User = ContainerOptions["user"];

/** What the manifest says about a module's user. */
interface UserFields {
  /** Docker's `User`, which wins. */
  readonly user: Field | undefined;
  readonly security: Static<typeof PodSecuritySchema>;
  readonly securityPath: string;
  /** `k8s-extensions.user`: which user it is that the module does not name. */
  readonly extension: Field | undefined;
}

/**
 * The user that a module runs as; undefined when it names none. Kubernetes must know that it is not root, unless the policy
 * lets it be.
 */
export function readUser(fields: UserFields, settings: ModuleSettings, problems: Problems): User {
  const { policy } = settings;
  const extension = readModuleUser(fields.extension, policy, problems);
  return (
    readDockerUser(fields.user, settings, problems) ??
    readKubernetesUser(fields.security, fields.securityPath, policy, problems) ??
    extension
  );
}

/** `user` or `user:group`, each a number or a name whose number the installation knows; `root` is 0. */
function readDockerUser(field: Field | undefined, settings: ModuleSettings, problems: Problems): User {
  if (field === undefined || field.value === "") return undefined;
  const { policy, userNumbers = {}, groupNumbers = {} } = settings;
  const [name = "", group, ...more] = plainText(field.value).split(":");
  const uid = numberOf(name, userNumbers);
  const gid = group === undefined ? undefined : numberOf(group, groupNumbers);
  const unknownGroup = group !== undefined && gid === undefined && more.length === 0;
  if (unknownGroup) refuseGroup(field.path, group, problems);
  if (uid === undefined || more.length > 0) {
    refuseUser(field, name, problems);
    return undefined;
  }
  if (uid === 0 && !policy.root) {
    const remedy =
      'Write the number of another user: "1000", or let the installation allow it by edgeAgent.policy.root.';
    problems.forbid(field.path, say`${shown(field.value)} is root`, { field: "root" }, remedy);
    return undefined;
  }
  if (gid === undefined) return { uid };
  refuseRootGroup({ path: field.path, gid }, policy, problems);
  return { uid, gid };
}

function refuseUser({ path, value }: Field, name: string, problems: Problems): void {
  const remedy =
    "Write the number of a user other than root that the image's /etc/passwd has, or let the installation know it by edgeAgent.userNumbers.";
  if (isTooHigh(name))
    problems.error(path, say`${shown(value)} is above ${fixed(highestNumber)}`, "Write a lower number.");
  else problems.error(path, say`${shown(value)} is not a numeric user`, remedy);
}

/** A group that is no number, and whose number the installation does not know. */
export function refuseGroup(path: string, group: string, problems: Problems): void {
  const remedy =
    "Write the number that the image's /etc/group has, or let the installation know it by edgeAgent.groupNumbers.";
  if (isTooHigh(group))
    problems.error(path, say`${shown(group)} is above ${fixed(highestNumber)}`, "Write a lower number.");
  else problems.error(path, say`${shown(group)} is not a numeric group`, remedy);
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
  if (runAsUser === undefined) return runAsNonRoot === false ? "docker" : undefined;
  return runAsGroup === undefined ? { uid: runAsUser } : { uid: runAsUser, gid: runAsGroup };
}

function readModuleUser(field: Field | undefined, policy: ModulePolicy, problems: Problems): ModuleUser | undefined {
  if (field === undefined) return undefined;
  const user = moduleUsers.find((one) => one === field.value);
  if (user === undefined) {
    problems.error(
      field.path,
      say`${shown(field.value)} is not one of ${fixed(moduleUsers.join(", "))}`,
      "Write one of them.",
    );
  }
  if (user === "docker" && !policy.root) {
    problems.forbid(field.path, '"docker" lets the module be root', { field: "root" });
  }
  return user;
}
