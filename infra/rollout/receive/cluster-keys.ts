import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { keyBytes } from "./signature.ts";

/**
 * The key of a cluster: the file of its name in a folder, such as a Secret that is mounted. Byte for byte what Flux's Secret
 * has, and read anew each time, so that another key counts at once.
 *
 * @returns undefined where there is none, or none that may be used
 */
export async function readClusterKey(directory: string, cluster: string): Promise<Buffer | undefined> {
  const file = join(directory, cluster);
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : 0),
    () => 0,
  );
  if (size < keyBytes.least || size > keyBytes.most) return undefined;
  return readFile(file).catch(() => undefined);
}
