/** What of the project's own package.json the published one is made from. */
export interface ProjectPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What the package's code and declarations import. */
export interface UsedPackages {
  /** Names of packages, and aliases such as `#base`. */
  readonly names: ReadonlySet<string>;
  /** Aliases of libraries that are in the package, with their files. */
  readonly bundled: Readonly<Record<string, string>>;
}

/**
 * Packages that a user's own program imports as well: there has to be one of each, for Pulumi tells its resources from
 * other values by their class.
 */
const shared: readonly string[] = ["@pulumi/kubernetes", "@pulumi/pulumi", "@pulumi/tls"];
/** Types that the declarations of a package need and it does not bring: without them `tsc` refuses programs that use it. */
const missingTypes: Readonly<Record<string, string>> = { "@types/ws": "@kubernetes/client-node" };
/** What `man edgectl` shows where npm has installed it for all. */
export const manPageFile = "docs/man/edgectl.1";
/** The oldest Node that the package is tried on. */
export const oldestNode = "22.19.0";

/**
 * The package.json of the npm package.
 *
 * @param repository address of the source; npm refuses a package with provenance that does not name it
 */
export function packageJson(project: ProjectPackage, { names: used, bundled }: UsedPackages, repository?: string) {
  const { name, version, description, license, imports, dependencies } = project;
  const needed = Object.entries(dependencies).filter(([dependency]) =>
    used.has(missingTypes[dependency] ?? dependency),
  );
  return {
    name,
    version,
    description,
    keywords: ["pulumi", "kubernetes", "iot-edge", "rbac"],
    license,
    ...(repository === undefined ? {} : { repository: { type: "git", url: `git+${repository}.git` } }),
    type: "module",
    engines: { node: `>=${oldestNode}` },
    bin: { edgectl: "bin/edgectl.mjs", [name]: "bin/edgectl.mjs" },
    man: `./${manPageFile}`,
    // What Pulumi starts for programs in other languages.
    main: "./infra/provider/main.js",
    exports: {
      ".": { types: "./infra/library.d.ts", default: "./infra/library.js" },
      "./package.json": "./package.json",
    },
    imports: {
      ...Object.fromEntries(
        Object.entries(imports)
          .filter(([alias]) => used.has(alias))
          .map(([alias, file]) => [alias, compiled(file)]),
      ),
      ...bundled,
    } as Readonly<Record<string, unknown>>,
    dependencies: Object.fromEntries(needed.filter(([dependency]) => !shared.includes(dependency))),
    peerDependencies: Object.fromEntries(
      needed
        .filter(([dependency]) => shared.includes(dependency))
        .map(([dependency, exact]) => [dependency, `^${exact}`]),
    ),
  };
}

function compiled(file: string) {
  return { types: file.replace(/\.ts$/, ".d.ts"), default: file.replace(/\.ts$/, ".js") };
}

/** Names of the packages and aliases that a module imports, Node's own left out. */
export function importedNames(code: string): readonly string[] {
  const specifiers = code.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\(|\bresolve\()\s*"([^"./][^"]*)"/g);
  return [...specifiers].flatMap(([, specifier = ""]) => {
    if (specifier.startsWith("node:")) return [];
    const [scope = "", name = ""] = specifier.split("/");
    return [scope.startsWith("@") ? `${scope}/${name}` : scope];
  });
}
