import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireSpace } from "../host/disk-space.ts";
import { requireSupportedSystem } from "../host/system.ts";
import { binariesDirectory } from "../layout.ts";
import { exclusively } from "../process/exclusive.ts";
import type { Progress } from "../types.ts";
import { cacheKey, readBuildInputs } from "./cache-key.ts";
import { compileModule } from "./compile.ts";
import { findGo, type GoToolchain } from "./go-toolchain.ts";
import { binaryNames, goModules, kubernetesVersion } from "./programs.ts";

/**
 * Compiles the cluster's programs, unless the cache holds them. The cache is shared by all checkouts of this user, and an
 * entry appears in it only when it is complete.
 *
 * @returns the directory of the binaries
 * @throws EDGE_CLUSTER_UNSUPPORTED_OS, EDGE_CLUSTER_GO_MISSING, EDGE_CLUSTER_GO_UNUSABLE, EDGE_CLUSTER_DISK_FULL,
 * EDGE_CLUSTER_BUILD_FAILED
 */
export async function ensureBinaries(progress: Progress): Promise<string> {
  requireSupportedSystem();
  const go = await findGo();
  const directory = join(binariesDirectory(), cacheKey(readBuildInputs(go.description)));
  if (isComplete(directory)) return directory;
  await exclusively(
    `build ${directory}`,
    async () => {
      if (!isComplete(directory)) await compileAll(go, directory, progress);
    },
    () => progress("Another process compiles the local cluster; waiting for it"),
  );
  return directory;
}

async function compileAll(go: GoToolchain, directory: string, progress: Progress): Promise<void> {
  requireBuildSpace(go, directory);
  mkdirSync(binariesDirectory(), { recursive: true });
  removeAbandoned(directory);
  const unfinished = mkdtempSync(`${directory}.unfinished-`);
  progress(
    `Compiling Kubernetes ${kubernetesVersion}, etcd and CoreDNS with ${go.description}: minutes the first time`,
  );
  try {
    for (const module of goModules) await compileModule(module, unfinished, progress);
    rmSync(directory, { recursive: true, force: true });
    renameSync(unfinished, directory);
  } catch (error) {
    requireNotFull(go, directory);
    throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function isComplete(directory: string): boolean {
  return goModules.flatMap(binaryNames).every((name) => existsSync(join(directory, name)));
}

/** What a build that was killed left: this process holds the lock, so nobody writes there. */
function removeAbandoned(directory: string): void {
  const prefix = `${directory}.unfinished-`;
  for (const entry of readdirSync(binariesDirectory())) {
    const path = join(binariesDirectory(), entry);
    if (path.startsWith(prefix)) rmSync(path, { recursive: true, force: true });
  }
}

/** Gives a build that failed because the disk filled up its true name. */
function requireNotFull(go: GoToolchain, directory: string): void {
  const purpose = "the rest of the build";
  requireSpace([directory, go.moduleCache, go.buildCache, tmpdir()].map((path) => ({ path, gigabytes: 0.1, purpose })));
}

/** Measured with empty caches: modules 2.4 GB, build cache 4.1 GB, binaries 0.6 GB, and as much again while linking. */
function requireBuildSpace(go: GoToolchain, directory: string): void {
  // Whether the build cache is warm cannot be known cheaply; the modules are fetched first, so they tell.
  const cold = !existsSync(join(go.moduleCache, "k8s.io", `kubernetes@${kubernetesVersion}`));
  requireSpace([
    { path: directory, gigabytes: 1.2, purpose: "the compiled programs" },
    ...(cold
      ? [
          { path: go.moduleCache, gigabytes: 2.5, purpose: "Go's module cache" },
          { path: go.buildCache, gigabytes: 4.3, purpose: "Go's build cache" },
        ]
      : []),
  ]);
}
