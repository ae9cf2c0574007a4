#!/usr/bin/env node
import { compileCacheDirectory } from "./compile-cache.mjs";
import { ensureDependencies, run } from "./toolchain.mjs";

ensureDependencies();
// With the cache from the start on, nothing has to be compiled, not even what turns the cache on.
run("infra/edgectl/main.ts", process.argv.slice(2), {
  NODE_COMPILE_CACHE: compileCacheDirectory(process.env),
  EDGE_STARTED_AS: process.argv[1],
});
