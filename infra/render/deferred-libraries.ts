import { createRequire, Module } from "node:module";

const require = createRequire(import.meta.url);
const sdk = require.resolve("@pulumi/pulumi");
/**
 * What Pulumi's SDK needs to turn functions into text or to run its own command line, and loads with everything else:
 * almost half of its start.
 */
const libraries = [
  { name: "@npmcli/arborist", esModule: true },
  { name: "normalize-package-data", esModule: false },
  { name: "./typescript-shim", esModule: false },
  { name: "./automation", esModule: true },
];

/**
 * Lets the libraries that a rendering has no use for be loaded by who uses them first, such as a program with dynamic
 * providers. To be called before the SDK is loaded; later it changes nothing.
 */
export function deferLibraries(): void {
  if (sdk in require.cache) return;
  const requireOfSdk = createRequire(sdk);
  for (const { name, esModule } of libraries) {
    const file = resolved(requireOfSdk, name);
    if (file === undefined || file in require.cache) continue;
    const module = new Module(file);
    module.exports = deferred(() => load(file), esModule);
    module.loaded = true;
    require.cache[file] = module;
  }
}

function load(file: string): object {
  delete require.cache[file];
  return require(file);
}

/** Another version of the SDK may do without it. */
function resolved({ resolve }: NodeJS.Require, name: string): string | undefined {
  try {
    return resolve(name);
  } catch {
    return undefined;
  }
}

/** @param esModule what compiled imports ask first, which alone must not load it */
function deferred(loadIt: () => object, esModule: boolean): object {
  let loaded: object | undefined;
  const library = () => {
    loaded ??= loadIt();
    return loaded;
  };
  // A function, so that it can be called where the library is one.
  return new Proxy(() => {}, {
    get: (_, key) => (key === "__esModule" ? esModule : Reflect.get(library(), key)),
    has: (_, key) => Reflect.has(library(), key),
    apply: (_, self, args) => Reflect.apply(library() as () => unknown, self, args),
    construct: (_, args) => Reflect.construct(library() as new () => object, args),
  });
}
