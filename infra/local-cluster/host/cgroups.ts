import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { cgroupRoot as root } from "./cgroup-version.ts";

/** containerd puts every container of Kubernetes into a group below this one. */
const containerGroup = "k8s.io";

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
