import { existsSync, readdirSync, readFileSync, rmdirSync, statfsSync } from "node:fs";
import { basename, join } from "node:path";
import { clusterErrors } from "../errors.ts";

/** Which hierarchy of control groups the kernel offers: one per controller (v1), or one for all (v2). */
export type CgroupVersion = "v1" | "v2";

const root = "/sys/fs/cgroup";
/** File system magic of a v2 hierarchy. */
const version2 = 0x63677270;
const required = ["cpu", "cpuset", "memory", "pids"] as const;
/** containerd puts every container of Kubernetes into a group below this one. */
const containerGroup = "k8s.io";

/**
 * Finds the machine's control groups.
 *
 * @throws EDGE_CLUSTER_KERNEL if a controller that the kubelet needs is not there
 */
export function detectCgroups(): CgroupVersion {
  const version = existsSync(root) && statfsSync(root).type === version2 ? "v2" : "v1";
  const missing = required.filter((controller) => !availableControllers(version).includes(controller));
  if (missing.length === 0) return version;
  throw clusterErrors.EDGE_CLUSTER_KERNEL({ missing: `control group controllers ${missing.join(", ")}` });
}

/** Groups that containers of a cluster left, children before their parents. */
export function containerGroups(): string[] {
  return hierarchies().flatMap((hierarchy) => {
    const top = join(hierarchy, containerGroup);
    return existsSync(top) ? groupsBelow(top) : [];
  });
}

/**
 * Processes of containers. They are children of a shim; once that was killed, only their control group shows them.
 *
 * @param ids the containers' ids
 */
export function containerProcesses(ids: readonly string[]): number[] {
  const groups = containerGroups().filter((group) => ids.includes(basename(group)));
  return [...new Set(groups.flatMap(processesIn))];
}

/** Removes the groups that containers left. The kernel refuses to remove one that is in use. */
export function removeContainerGroups(): void {
  for (const group of containerGroups()) {
    try {
      rmdirSync(group);
    } catch (error) {
      if (!["EBUSY", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
}

function availableControllers(version: CgroupVersion): string[] {
  if (version === "v2") return readFileSync(join(root, "cgroup.controllers"), "utf8").trim().split(" ");
  return existsSync(root) ? readdirSync(root) : [];
}

function processesIn(group: string): number[] {
  const pids = unlessGone(() => readFileSync(join(group, "cgroup.procs"), "utf8").split("\n")) ?? [];
  return pids.filter((pid) => pid !== "").map(Number);
}

function hierarchies(): string[] {
  if (!existsSync(root)) return [];
  const nested = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [root, ...nested.map((entry) => join(root, entry.name))];
}

function groupsBelow(group: string): string[] {
  const entries = unlessGone(() => readdirSync(group, { withFileTypes: true })) ?? [];
  const children = entries.filter((entry) => entry.isDirectory());
  return [...children.flatMap((entry) => groupsBelow(join(group, entry.name))), group];
}

/** What is read of a group that ends meanwhile is no failure: containers end at any time. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // The kernel says ENODEV of a file that was opened before its group ended.
    if (["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
