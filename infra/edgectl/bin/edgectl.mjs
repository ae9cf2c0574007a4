#!/usr/bin/env node
import { ensureDependencies, run } from "./toolchain.mjs";

ensureDependencies();
run("infra/edgectl/main.ts", process.argv.slice(2));
