import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterErrors } from "../errors.ts";
import { commandPath, runCommand } from "../process/command.ts";
import type { Progress } from "../types.ts";

/** Commands that a node and the image builds call, by the Debian package that has them. */
const packages: Readonly<Record<string, readonly string[]>> = {
  containerd: ["containerd", "ctr", "containerd-shim-runc-v2"],
  runc: ["runc"],
  "containernetworking-plugins": ["CNI plugins ptp, host-local, portmap and loopback"],
  buildah: ["buildah"],
  iptables: ["iptables", "iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore"],
  conntrack: ["conntrack"],
  socat: ["socat"],
  iproute2: ["ip"],
  mount: ["mount", "umount"],
};

const pluginDirectories = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];
const plugins = ["ptp", "host-local", "portmap", "loopback"];
const policyFile = "/usr/sbin/policy-rc.d";

/** Where the machine's CNI plugins are. */
export function cniPluginDirectory(): string {
  return pluginDirectories.find(hasPlugins) ?? "/usr/lib/cni";
}

/** What is missing on this machine: Debian package to commands. */
export function missingPackages(hasCommand: (name: string) => boolean = isCommand): Map<string, string[]> {
  const missing = new Map<string, string[]>();
  for (const [name, commands] of Object.entries(packages)) {
    const absent =
      name === "containernetworking-plugins"
        ? commands.filter(() => !pluginDirectories.some(hasPlugins))
        : commands.filter((command) => !hasCommand(command));
    if (absent.length > 0) missing.set(name, absent);
  }
  return missing;
}

/**
 * Installs the Debian packages that are missing, and says so.
 *
 * @throws EDGE_CLUSTER_PACKAGES_MISSING without apt-get, EDGE_CLUSTER_PACKAGES_FAILED
 */
export async function ensurePackages(progress: Progress): Promise<void> {
  const missing = missingPackages();
  if (missing.size === 0) return;
  const names = [...missing.keys()];
  if (!isCommand("apt-get")) {
    throw clusterErrors.EDGE_CLUSTER_PACKAGES_MISSING({
      commands: [...missing.values()].flat().join(", "),
      packages: names.join(" "),
    });
  }
  await installPackages(names, progress);
}

/**
 * Installs Debian packages, and says so. The services in them are not started.
 *
 * @throws EDGE_CLUSTER_PACKAGES_FAILED
 */
export async function installPackages(names: readonly string[], progress: Progress): Promise<void> {
  progress(`Installing Debian packages: ${names.join(", ")}`);
  await withoutStartingServices(async () => {
    await apt(["update"], names);
    await apt(["install", "--yes", "--no-install-recommends", ...names], names);
  });
}

async function apt(args: readonly string[], names: readonly string[]): Promise<void> {
  const environment = { ...process.env, PATH: commandPath, DEBIAN_FRONTEND: "noninteractive" };
  const result = await runCommand("apt-get", ["-o", "DPkg::Lock::Timeout=120", "-q", ...args], { environment });
  if (result.code === 0) return;
  const output = (result.stdout + result.stderr).trim().split("\n").slice(-8).join("\n");
  throw clusterErrors.EDGE_CLUSTER_PACKAGES_FAILED({ packages: names.join(" "), output });
}

/** Debian starts a service when its package is installed; the cluster runs a containerd of its own. */
async function withoutStartingServices(action: () => Promise<void>): Promise<void> {
  const own = !existsSync(policyFile);
  if (own) writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await action();
  } finally {
    if (own) rmSync(policyFile, { force: true });
  }
}

function hasPlugins(directory: string): boolean {
  return plugins.every((plugin) => isExecutable(join(directory, plugin)));
}

function isCommand(name: string): boolean {
  return commandPath.split(":").some((directory) => isExecutable(join(directory, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
