import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterErrors } from "../errors.ts";
import { cgroupRoot, controllersOf, words } from "./cgroup-version.ts";

/** Where the processes of a container go in which the cluster runs. */
const leaf = "edge-local-rest";
/** Processes that start meanwhile start where their parents were. */
const attempts = 20;
/** The kernel's answers while the group has processes, or turns away one that has just ended. */
const passing = ["EBUSY", "EOPNOTSUPP", "ENOTSUP", "ESRCH"];

export interface Delegation {
  /** The group at the top. */
  readonly root?: string;
  readonly controllers?: readonly string[];
}

/** The controllers that the group at the top gives to the groups in it. */
export function delegatedControllers(root = cgroupRoot): string[] {
  return words(readFileSync(join(root, "cgroup.subtree_control"), "utf8"));
}

/**
 * Lets the group at the top of a v2 hierarchy that is not the kernel's own give controllers to the groups in it. Its
 * processes, those of the container that this machine is, move into a group beside those of the cluster's containers.
 *
 * @throws EDGE_CLUSTER_KERNEL if the kernel does not let them
 */
export function delegateControllers({ root = cgroupRoot, controllers = controllersOf.v2 }: Delegation = {}): void {
  const delegated = delegatedControllers(root);
  const missing = controllers.filter((controller) => !delegated.includes(controller));
  if (missing.length === 0) return;
  mkdirSync(join(root, leaf), { recursive: true });
  for (let attempt = 0; attempt < attempts; attempt++) {
    moveProcesses(root, join(root, leaf));
    if (written(join(root, "cgroup.subtree_control"), missing.map((each) => `+${each}`).join(" "))) return;
  }
  returnProcesses(root);
  const missingText = `controllers ${missing.join(", ")} for groups below /sys/fs/cgroup, whose processes cannot be moved`;
  throw clusterErrors.EDGE_CLUSTER_KERNEL({ missing: missingText });
}

/** Undoes `delegateControllers`, once the groups of containers are gone. @param before what was delegated before it */
export function withdrawControllers(
  before: readonly string[],
  { root = cgroupRoot, controllers = controllersOf.v2 }: Delegation = {},
): void {
  if (!existsSync(join(root, leaf))) return;
  const delegated = delegatedControllers(root);
  const ours = controllers.filter((controller) => delegated.includes(controller) && !before.includes(controller));
  if (ours.length > 0) written(join(root, "cgroup.subtree_control"), ours.map((each) => `-${each}`).join(" "));
  returnProcesses(root);
}

/** The group that `delegateControllers` made, if it is there. */
export function delegationGroups(root = cgroupRoot): string[] {
  return [join(root, leaf)].filter((group) => existsSync(group));
}

function returnProcesses(root: string): void {
  const group = join(root, leaf);
  for (let attempt = 0; attempt < attempts; attempt++) {
    moveProcesses(group, root);
    if (unlessPassing(() => rmdirSync(group))) return;
  }
}

function moveProcesses(from: string, to: string): void {
  for (const pid of words(readFileSync(join(from, "cgroup.procs"), "utf8"))) {
    // 0 is a process of another pid namespace, such as one that entered the container from outside.
    if (pid !== "0") written(join(to, "cgroup.procs"), pid);
  }
}

const written = (path: string, text: string) => unlessPassing(() => writeFileSync(path, text));

/** Whether it was done; not where the kernel refuses it for now. */
function unlessPassing(change: () => void): boolean {
  try {
    change();
    return true;
  } catch (error) {
    if (passing.includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
