import { loadImage } from "../../infra/local-cluster/load-image.ts";
import { clusterStatus } from "../../infra/local-cluster/status.ts";
import type { BuiltImage } from "../../runtime/images/build-images.ts";
import { imageCacheDirectory, openImageCache } from "../../runtime/images/cache.ts";
import { createToolbox } from "../../runtime/images/command.ts";
import type { BuildContext } from "../../runtime/images/context.ts";
import { progress } from "../support/progress.ts";

/** Builds an image of the tests' own, or takes it from the cache, and loads it into the cluster; answers its name. */
export async function loadTestImage(build: (context: BuildContext) => Promise<BuiltImage>): Promise<string> {
  const cache = openImageCache(imageCacheDirectory(process.env));
  const toolbox = createToolbox({ cache: cache.directory, say: progress, signal: new AbortController().signal });
  const { reference, archive } = await build({ cache, toolbox, locked: false });
  const { cluster } = await clusterStatus();
  if (cluster === undefined) throw new Error("there is no local cluster");
  await loadImage(cluster, archive, { progress });
  return reference;
}
