import type { Plugin } from "esbuild";

/** Packages whose modules do nothing but define things, though their manifests do not say so. */
const pure = /[\\/]node_modules[\\/]@kubernetes[\\/]client-node[\\/]/;
const undici = /[\\/]node_modules[\\/]undici[\\/]index\.js$/;
/** What the index of undici loads beside clients and fetch: a quarter of the package. */
const undiciExtras = /^\.\/lib\/(?:mock|interceptor|cache|web\/(?:websocket|eventsource))\//;
const resolving = Symbol("resolving");

/** Leaves out what a program does not use of the Kubernetes client: its models and APIs are 13 MB of memory each time. */
export const dropUnusedModules: Plugin = {
  name: "drop-unused-modules",
  setup: (build) => {
    build.onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === resolving || kind !== "import-statement") return undefined;
      const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: resolving });
      if (found.errors.length > 0 || !pure.test(found.path)) return undefined;
      return { path: found.path, sideEffects: false };
    });
    build.onResolve({ filter: undiciExtras }, ({ path, importer }) =>
      undici.test(importer) ? { path, namespace: "left-out" } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};
