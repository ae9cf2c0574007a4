import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { clusterErrors } from "./errors.ts";
import { existingParent } from "./host/disk-space.ts";
import { readMachineRecord } from "./host/machine-record.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { ipFamilies } from "./network-plan.ts";
import { failedLogs } from "./process/component.ts";

const ClusterStateSchema = Type.Object({
  kind: Type.Union([Type.Literal("cluster"), Type.Literal("control-plane")]),
  /** The machine's run in which it was started. */
  bootId: Type.String({ minLength: 1 }),
  /** Directory of the compiled programs that it runs. */
  binaries: Type.String({ minLength: 1 }),
  /** Port of its API server. */
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  ipFamilies: Type.Enum([...ipFamilies]),
});

/** What a later command must know about a cluster. */
export type ClusterState = Static<typeof ClusterStateSchema>;

/** The longest socket path that the kernel takes, less the longest that the kubelet makes inside its directory. */
const directoryLimit = 107 - "/kubelet/device-plugins/kubelet.sock".length;

/** The layout of a state directory, all symbolic links of its path resolved: the kernel names mounts without them. */
export function resolveLayout(directory: string): Layout {
  const path = resolve(directory);
  const parent = existingParent(path);
  return layoutOf(join(realpathSync(parent), relative(parent, path)));
}

/**
 * @returns undefined if there is none, or it is damaged
 * @throws EDGE_CLUSTER_NOT_ROOT if it is another user's
 */
export function readState(layout: Layout): ClusterState | undefined {
  try {
    // One that an earlier version started does not say which addresses it has.
    const value: unknown = { ipFamilies: "ipv4", ...JSON.parse(readFileSync(layout.state, "utf8")) };
    return Value.Check(ClusterStateSchema, value) ? value : undefined;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EACCES") return undefined;
    throw clusterErrors.EDGE_CLUSTER_NOT_ROOT({ uid: process.getuid?.() ?? -1 }, { cause });
  }
}

export function writeState(layout: Layout, state: ClusterState): void {
  mkdirSync(dirname(layout.directory), { recursive: true });
  if (!existsSync(layout.directory)) mkdirSync(layout.directory, { mode: 0o700 });
  writeFileSync(layout.state, `${JSON.stringify(state)}\n`, { mode: 0o600 });
}

/** @throws EDGE_CLUSTER_PATH_TOO_LONG, EDGE_CLUSTER_DIRECTORY_FOREIGN */
export function requireClusterDirectory(layout: Layout): void {
  const length = Buffer.byteLength(layout.directory);
  const details = { directory: layout.directory, length, limit: directoryLimit };
  if (length > directoryLimit) throw clusterErrors.EDGE_CLUSTER_PATH_TOO_LONG(details);
  if (!isClusterDirectory(layout)) throw clusterErrors.EDGE_CLUSTER_DIRECTORY_FOREIGN(details);
}

/** Removes a state directory. Leaves it alone if it holds files that are no cluster's. */
export function removeDirectory(layout: Layout): void {
  if (isClusterDirectory(layout)) rmSync(layout.directory, { recursive: true, force: true });
}

/** Keeps the logs of a start that failed, beside the state directory. */
export function keepLogs(layout: Layout): void {
  removeKeptLogs(layout);
  const logs = dirname(layout.auditLog);
  if (existsSync(logs)) renameSync(logs, failedLogs(layout));
}

export function removeKeptLogs(layout: Layout): void {
  rmSync(failedLogs(layout), { recursive: true, force: true });
}

/** Whether a directory is a cluster's, or can become one: the state file is the first to be written in it. */
export function isClusterDirectory(layout: Layout): boolean {
  if (readMachineRecord()?.directory === layout.directory) return true;
  try {
    const entries = readdirSync(layout.directory);
    return entries.length === 0 || entries.includes("cluster.json");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}
