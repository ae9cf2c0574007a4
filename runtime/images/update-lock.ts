import type { BuildContext } from "./context.ts";
import { newestPackages, refreshLists } from "./debian-packages.ts";
import { debianContext, differences } from "./debian-tree.ts";
import { newestNodeHash, pinnedNodeVersion } from "./node-package.ts";
import {
  debianRoots,
  type PackagesLock,
  packagesLockFile,
  readPackagesLock,
  writePackagesLock,
} from "./packages-lock.ts";
import { type Architecture, platformName } from "./platform.ts";

/** What a new lock file has other than the one before. */
export interface LockUpdate {
  readonly file: string;
  /** Lines such as `linux/amd64: libssl3 3.0.21 -> 3.0.22`. */
  readonly changes: readonly string[];
}

/** Pins the newest packages of Debian's mirror for all architectures, and the Node of package.json. */
export async function updateLock(context: BuildContext, file = packagesLockFile): Promise<LockUpdate> {
  const before = await readPackagesLock(file).catch(() => undefined);
  const version = await pinnedNodeVersion();
  const debian = {
    amd64: await newest(context, "amd64"),
    arm64: await newest(context, "arm64"),
  };
  const hash = (architecture: Architecture) =>
    before?.node.version === version ? before.node[architecture] : newestNodeHash(context, version, architecture);
  const node = { version, amd64: await hash("amd64"), arm64: await hash("arm64") };
  const lock: PackagesLock = { version: 1, debian, node };
  await writePackagesLock(lock, file);
  return { file, changes: changesOf(before, lock) };
}

async function newest(context: BuildContext, architecture: Architecture) {
  const debian = await debianContext(context, architecture);
  await refreshLists(debian);
  return [...(await newestPackages(debian, debianRoots))];
}

function changesOf(before: PackagesLock | undefined, after: PackagesLock): string[] {
  const debian = (["amd64", "arm64"] as const).flatMap((architecture) =>
    differences(before?.debian[architecture] ?? [], after.debian[architecture]).map(
      (change) => `${platformName(architecture)}: ${change}`,
    ),
  );
  const node =
    before?.node.version === after.node.version
      ? []
      : [`node ${before?.node.version ?? "none"} -> ${after.node.version}`];
  return [...debian, ...node];
}
