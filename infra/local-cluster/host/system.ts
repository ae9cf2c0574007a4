import { readFileSync } from "node:fs";
import { clusterErrors } from "../errors.ts";

const supportedArchitectures: readonly string[] = ["x64", "arm64"];

/** @throws EDGE_CLUSTER_UNSUPPORTED_OS */
export function requireSupportedSystem(platform: string = process.platform, architecture: string = process.arch): void {
  if (platform === "linux" && supportedArchitectures.includes(architecture)) return;
  throw clusterErrors.EDGE_CLUSTER_UNSUPPORTED_OS({ platform, architecture });
}

/** @throws EDGE_CLUSTER_NOT_ROOT */
export function requireRoot(uid: number = process.getuid?.() ?? -1): void {
  if (uid !== 0) throw clusterErrors.EDGE_CLUSTER_NOT_ROOT({ uid });
}

/** Identifies the machine's current run: pids, mounts and interfaces of an earlier one are gone. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
