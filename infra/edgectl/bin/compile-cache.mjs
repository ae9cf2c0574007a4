import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where compiled code is kept from run to run. */
export function compileCacheDirectory(env) {
  const base = env.EDGE_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-iotedge");
  return join(resolve(base), "compile");
}
