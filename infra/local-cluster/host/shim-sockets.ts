import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "../layout.ts";

/** Fixed in containerd, whatever its own directories are. */
const directories = ["/run/containerd/s", "/run/containerd"];

/** Removes the sockets of a cluster's shims, which a killed shim leaves. Needs the cluster's directory. */
export function removeShimSockets(layout: Layout): void {
  const bundles = layout.data("containerd/state/io.containerd.runtime.v2.task/k8s.io");
  if (!existsSync(bundles)) return;
  for (const bundle of readdirSync(bundles)) {
    const address = readAddress(join(bundles, bundle, "address"));
    if (address?.startsWith(`${directories[0]}/`)) rmSync(address, { force: true });
  }
}

/** Removes containerd's directories for sockets, unless another containerd uses them. */
export function removeEmptySocketDirectories(): void {
  for (const directory of directories) {
    if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
  }
}

function readAddress(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
      .trim()
      .replace(/^unix:\/\//, "");
  } catch {
    return undefined;
  }
}
