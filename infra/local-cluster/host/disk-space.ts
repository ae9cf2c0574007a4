import { existsSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { clusterErrors } from "../errors.ts";

const gigabyte = 1024 ** 3;

/** Room that something needs. */
export interface SpaceNeed {
  /** A directory; it need not exist yet. */
  readonly path: string;
  readonly gigabytes: number;
  /** For people. */
  readonly purpose: string;
}

/** The file systems of a machine. Tests give their own. */
export interface FileSystems {
  /** Identifies the file system that holds `path`. */
  deviceOf(path: string): number;
  /** Bytes that this user may still write there. */
  freeBytes(path: string): number;
}

/**
 * Checks that all needs can be met together; those on one file system add up.
 *
 * @throws EDGE_CLUSTER_DISK_FULL
 */
export function requireSpace(needs: readonly SpaceNeed[], fileSystems: FileSystems = hostFileSystems): void {
  for (const group of Map.groupBy(needs, (need) => fileSystems.deviceOf(need.path)).values()) {
    const largest = group.reduce((a, b) => (b.gigabytes > a.gigabytes ? b : a));
    const needed = group.reduce((sum, need) => sum + need.gigabytes, 0);
    const free = fileSystems.freeBytes(largest.path) / gigabyte;
    if (free >= needed) continue;
    throw clusterErrors.EDGE_CLUSTER_DISK_FULL({
      path: largest.path,
      free: free.toFixed(1),
      needed: needed.toFixed(1),
      purpose: group.map((need) => need.purpose).join(", "),
    });
  }
}

export const hostFileSystems: FileSystems = {
  deviceOf: (path) => statSync(existingParent(path)).dev,
  freeBytes: (path) => {
    const { bavail, bsize } = statfsSync(existingParent(path));
    return bavail * bsize;
  },
};

/** The nearest directory above `path` that exists. */
export function existingParent(path: string): string {
  return existsSync(path) ? path : existingParent(dirname(path));
}
