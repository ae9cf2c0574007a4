import { existsSync } from "node:fs";
import { clusterErrors } from "../errors.ts";
import type { Layout } from "../layout.ts";
import { type CommandResult, runCommand } from "../process/command.ts";

/** Runs containerd's own client in the namespace of Kubernetes. */
export function containerdClient(layout: Layout, args: readonly string[]): Promise<CommandResult> {
  return runCommand("ctr", ["--address", layout.containerdSocket, "--namespace", "k8s.io", ...args]);
}

/**
 * Imports the images of an archive.
 *
 * @throws EDGE_CLUSTER_IMAGE_NOT_LOADED
 */
export async function importImage(layout: Layout, archive: string): Promise<void> {
  const fail = (reason: string) => clusterErrors.EDGE_CLUSTER_IMAGE_NOT_LOADED({ archive, reason });
  if (!existsSync(archive)) throw fail("there is no such file");
  const result = await containerdClient(layout, ["images", "import", archive]);
  if (result.code !== 0) throw fail(result.stderr.trim().split("\n").at(-1) ?? `exit code ${result.code}`);
}
