import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "../layout.ts";
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

/** Files outside its directory that the programs of a cluster left. */
export function strayFiles(layout: Layout): string[] {
  return [...shimSocketsOf(layout), ...addressRecords(), ...logLinksInto(layout.directory)];
}

/** Removes what the programs of a cluster left outside its directory. Reads that directory, so it goes first. */
export function removeStrayFiles(layout: Layout): void {
  for (const file of [...strayFiles(layout), join(devicePlugins, "kubelet.sock")]) rmSync(file, { force: true });
  for (const directory of sharedDirectories) {
    if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
  }
}

/** A killed shim leaves its socket, whose path it wrote into its container's directory. */
function shimSocketsOf(layout: Layout): string[] {
  const bundles = layout.data("containerd/state/io.containerd.runtime.v2.task/k8s.io");
  return listDirectory(bundles)
    .map((bundle) => readText(join(bundles, bundle, "address")).replace(/^unix:\/\//, ""))
    .filter((address) => address.startsWith(`${shimSockets}/`) && existsSync(address));
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

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
