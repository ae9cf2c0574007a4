import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { clusterErrors } from "./errors.ts";
import { layoutOf } from "./layout.ts";
import { importImage } from "./node/containerd-client.ts";
import type { LocalCluster, Progress } from "./types.ts";

/**
 * Loads the images of a docker-archive or OCI archive (a tar file) into the node, under the names that the archive gives.
 *
 * @throws EDGE_CLUSTER_NOT_RUNNING, EDGE_CLUSTER_IMAGE_NOT_LOADED
 */
export async function loadImage(
  cluster: LocalCluster,
  archive: string,
  options: { readonly progress?: Progress } = {},
): Promise<void> {
  const layout = layoutOf(cluster.directory);
  if (!existsSync(layout.containerdSocket)) {
    throw clusterErrors.EDGE_CLUSTER_NOT_RUNNING({ directory: cluster.directory });
  }
  const start = performance.now();
  await importImage(layout, resolve(archive));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  options.progress?.(`Loaded ${archive} in ${seconds} s`);
}
