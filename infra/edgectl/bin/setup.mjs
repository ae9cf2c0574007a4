#!/usr/bin/env node
import { ensureDependencies, run } from "./toolchain.mjs";

const [program, ...args] = process.argv.slice(2);
ensureDependencies();
run(program, args);
