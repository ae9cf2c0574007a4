import { readFile } from "node:fs/promises";
import { enableCompileCache } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import { compileCacheDirectory } from "./bin/compile-cache.mjs";

const packageDirectory = resolve(import.meta.dirname, "../..");

// Before the first import of a library: compiled code is kept, which saves more than half of the start.
enableCompileCache(process.env.NODE_COMPILE_CACHE ?? compileCacheDirectory(process.env));
// Of this process alone: what it starts may be another program.
delete process.env.NODE_COMPILE_CACHE;
const { runCli } = await import("./run-cli.ts");
const { version } = JSON.parse(await readFile(join(packageDirectory, "package.json"), "utf8"));
const code = await runCli(process.argv.slice(2), { packageDirectory, version });
// Libraries keep connections open for reuse; what was asked for is done.
process.exit(code);
