import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { moduleDirectory } from "../layout.ts";
import { buildFlags, type GoModule, goModules } from "./programs.ts";

/** What a set of binaries depends on. */
export interface BuildInputs {
  /** As `go env GOVERSION GOOS GOARCH` tells it. */
  readonly toolchain: string;
  readonly flags: readonly string[];
  /** Module name to what determines its programs. */
  readonly modules: Readonly<Record<string, string>>;
}

/** Name of the cache entry: equal inputs give equal binaries. */
export function cacheKey(inputs: BuildInputs): string {
  const modules = Object.entries(inputs.modules).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([inputs.toolchain, inputs.flags, modules]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Reads what the binaries of this checkout depend on. */
export function readBuildInputs(toolchain: string): BuildInputs {
  const modules = goModules.map((module) => [module.name, readModule(module)] as const);
  return { toolchain, flags: buildFlags, modules: Object.fromEntries(modules) };
}

function readModule(module: GoModule): string {
  const read = (file: string) => readFileSync(join(moduleDirectory(module.name), file), "utf8");
  const source = module.name === "pause" ? read("main.go") : "";
  return JSON.stringify([read("go.mod"), read("go.sum"), source, module.packages, module.ldflags]);
}
