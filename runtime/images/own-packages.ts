import { dirname, sep } from "node:path";
import type { Plugin } from "esbuild";

const resolving = Symbol("resolving");
const ofPackage = `${sep}node_modules${sep}`;

/**
 * Gives a program the packages that were installed for it, also where the project has one of the same name: the project's may
 * be another version, and is at another place on each machine, which would be in the bundle.
 *
 * @param packages directory like `node_modules`
 */
export function ownPackages(packages: string): Plugin {
  return {
    name: "own-packages",
    setup: (build) => {
      build.onResolve({ filter: /^[^./#]/ }, async ({ path, importer, kind, pluginData }) => {
        if (pluginData !== undefined || path.startsWith("node:") || importer.includes(ofPackage)) return undefined;
        const resolveDir = dirname(packages);
        const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: resolving });
        if (found.errors.length > 0 || !found.path.startsWith(packages + sep)) return undefined;
        return { path: found.path, sideEffects: found.sideEffects };
      });
    },
  };
}
