import { readFile } from "node:fs/promises";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

const packageDirectory = resolve(import.meta.dirname, "../..");

// Before the first import of a library: compiled code is kept, which saves more than half of the start.
enableCompileCache(compileCacheDirectory(process.env));
const { runCli } = await import("./run-cli.ts");
const { version } = JSON.parse(await readFile(join(packageDirectory, "package.json"), "utf8"));
const code = await runCli(process.argv.slice(2), { packageDirectory, version });
// Libraries keep connections open for reuse; what was asked for is done.
process.exit(code);

function compileCacheDirectory(env: NodeJS.ProcessEnv): string {
  const base = env.EDGE_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-iotedge");
  return join(resolve(base), "compile");
}
