import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterErrors } from "../errors.ts";
import { parseMounts } from "./mounts.ts";

/** Which hierarchy of control groups the kernel offers: one per controller (v1), or one for all (v2). */
export type CgroupVersion = "v1" | "v2";

/** The control groups that containers get theirs in. */
export interface Cgroups {
  readonly version: CgroupVersion;
  /**
   * Whether the group at the top is not the kernel's own, because this machine is a container with a hierarchy of its own:
   * such a group gives controllers to the groups in it only while it has no processes.
   */
  readonly nested: boolean;
}

/** Where the kubelet and runc look. */
export const cgroupRoot = "/sys/fs/cgroup";
const mountPoint = cgroupRoot;
/** What the kubelet refuses to start without, and what pods are limited by. */
export const controllersOf = {
  v1: ["cpu", "cpuacct", "cpuset", "memory", "pids"],
  v2: ["cpu", "cpuset", "memory", "pids"],
} as const;

/**
 * Finds the machine's control groups. A machine with both has v1 as long as something else than v2 is mounted at the top,
 * as the kubelet and runc see it.
 *
 * @param root what stands for `/`
 * @throws EDGE_CLUSTER_KERNEL if there are none, they cannot be written, or a controller is not among them
 */
export function detectCgroups(root = "/"): Cgroups {
  const mounts = parseMounts(readFileSync(join(root, "proc/self/mountinfo"), "utf8"));
  const top = mounts.findLast(({ point }) => point === mountPoint);
  if (top?.type !== "cgroup2") {
    // One of several that are mounted at the same place hides the others.
    const hierarchies = mounts.filter(({ type, point }) => type === "cgroup" && point.startsWith(`${mountPoint}/`));
    const writable = hierarchies.filter(({ readOnly }) => !readOnly);
    requireControllers("v1", new Set(writable.flatMap(({ options }) => options)), hierarchies.length > writable.length);
    return { version: "v1", nested: false };
  }
  if (top.readOnly) throw kernelLacks("control groups that can be written: /sys/fs/cgroup is mounted for reading only");
  requireControllers("v2", new Set(words(readFileSync(join(root, mountPoint, "cgroup.controllers"), "utf8"))), false);
  // The kernel's own group is no member of anything, and so of no type.
  return { version: "v2", nested: existsSync(join(root, mountPoint, "cgroup.type")) };
}

/** The words of a control file. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function requireControllers(version: CgroupVersion, available: ReadonlySet<string>, someAreReadOnly: boolean): void {
  const missing = controllersOf[version].filter((controller) => !available.has(controller));
  if (missing.length === 0) return;
  const why = someAreReadOnly ? "that can be written" : `in its hierarchy of control groups (${version})`;
  throw kernelLacks(`controllers ${missing.join(", ")} ${why}`);
}

function kernelLacks(missing: string): Error {
  return clusterErrors.EDGE_CLUSTER_KERNEL({ missing });
}
