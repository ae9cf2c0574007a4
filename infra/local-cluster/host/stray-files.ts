import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { networkPlan } from "../network-plan.ts";

// Paths that are fixed in containerd, its CNI library and the kubelet, wherever their own directories are.
const shimSockets = "/run/containerd/s";
const cniResults = "/var/lib/cni/results";
const logLinks = "/var/log/containers";
const devicePlugins = "/var/lib/kubelet/device-plugins";

/** Removed when empty, each before the one that holds it; another container runtime may use them as well. */
const sharedDirectories = [
  shimSockets,
  "/run/containerd",
  cniResults,
  "/var/lib/cni",
  logLinks,
  devicePlugins,
  "/var/lib/kubelet",
];

/** Files outside its directory that the programs of the cluster in `directory` left. */
export function strayFiles(directory: string): string[] {
  return [...deadShimSockets(), ...addressRecords(), ...logLinksInto(directory), ...kubeletFiles(devicePlugins)];
}

/** The kubelet keeps what it has given of device plugins' resources, for the next one that is started. */
export function kubeletFiles(directory: string): string[] {
  const files = ["kubelet.sock", "kubelet_internal_checkpoint"];
  return files.map((name) => join(directory, name)).filter((path) => existsSync(path));
}

/** Removes what the programs of a cluster left outside its directory. They must have ended. */
export function removeStrayFiles(directory: string): void {
  for (const file of strayFiles(directory)) rmSync(file, { force: true });
  for (const shared of sharedDirectories) removeEmpty(shared);
}

/** Removes a directory that is there and empty. One that something is mounted at, as in a container, stays. */
export function removeEmpty(directory: string): void {
  if (!existsSync(directory) || readdirSync(directory).length > 0) return;
  try {
    rmdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
  }
}

/** A killed shim leaves its socket. One that no process has open is nobody's any more. */
function deadShimSockets(): string[] {
  const open = new Set(parseSocketPaths(readFileSync("/proc/net/unix", "utf8")));
  return listDirectory(shimSockets)
    .map((name) => join(shimSockets, name))
    .filter((path) => !open.has(path));
}

/** Paths of the sockets in the text of `/proc/net/unix`. */
export function parseSocketPaths(text: string): string[] {
  return text.split("\n").flatMap((line) => /^\S+:(?: \S+){5} +\d+ (\/.*)$/.exec(line)?.[1] ?? []);
}

/** Which address a pod got: one file for its link, and one for its loopback. */
function addressRecords(): string[] {
  const link = new RegExp(`^${networkPlan.cniNetwork}-([0-9a-f]{64})-`);
  const records = listDirectory(cniResults);
  const pods = records.flatMap((name) => link.exec(name)?.[1] ?? []);
  return records.filter((name) => pods.some((pod) => name.includes(pod))).map((name) => join(cniResults, name));
}

function logLinksInto(directory: string): string[] {
  return listDirectory(logLinks)
    .map((name) => join(logLinks, name))
    .filter((path) => linkTarget(path).startsWith(`${directory}/`));
}

/** Names in a directory; none if it does not exist. */
export function listDirectory(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // no link, or just gone
  }
}
