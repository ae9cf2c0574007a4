import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { OnResolveResult, Plugin, ResolveResult } from "esbuild";

const namespace = "source";
const resolving = Symbol("resolving");

/**
 * Names the modules of a directory by their paths in it. By itself esbuild names each by its path from the directory that it
 * works in: where that is another one, the bundle tells where both are, and has other bytes on each machine.
 */
export function namedSources(root: string): Plugin {
  const named = ({ path, namespace: found }: ResolveResult): OnResolveResult | undefined => {
    if (found !== "file" || !path.startsWith(root + sep) || path.includes(`${sep}node_modules${sep}`)) return undefined;
    return { path: relative(root, path), namespace };
  };
  return {
    name: "named-sources",
    setup: (build) => {
      build.onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
        // Another plugin, or this one, asks how it is resolved otherwise.
        if (pluginData !== undefined) return undefined;
        const directory = resolveDir === "" ? dirname(resolve(root, importer)) : resolveDir;
        const found = await build.resolve(path, { importer, resolveDir: directory, kind, pluginData: resolving });
        return found.errors.length > 0 ? undefined : named(found);
      });
      build.onLoad({ filter: /.*/, namespace }, async ({ path }) => {
        const file = join(root, path);
        return { contents: await readFile(file, "utf8"), loader: "ts", resolveDir: dirname(file) };
      });
    },
  };
}
