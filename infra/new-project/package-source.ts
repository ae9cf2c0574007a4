import { access, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { isJsonObject, parseJson, shellWord } from "#base";

/** Where a new project gets pulumi-iotedge from. */
export interface PackageSource {
  /** As package.json names it. */
  readonly specifier: string;
  /** Lines for a shell that have to be run before `npm install`. */
  readonly before: readonly string[];
}

const name = "pulumi-iotedge";

/**
 * A release is in npm's registry, and has its images with it. What was packed from a checkout is not there: a project then
 * takes the tarball that edgectl itself was installed from, or that its checkout packs.
 *
 * @param options.packageDirectory of the edgectl that runs
 * @param options.projectDirectory of the new project
 */
export async function packageSource(options: {
  readonly packageDirectory: string;
  readonly projectDirectory: string;
  readonly version: string;
  readonly isCheckout: boolean;
}): Promise<PackageSource> {
  const { packageDirectory, projectDirectory, version, isCheckout } = options;
  if (await isThere(join(packageDirectory, "images.json"))) return { specifier: version, before: [] };
  const tarball = isCheckout
    ? join(packageDirectory, ".edge", `${name}-${version}.tgz`)
    : await installedFrom(packageDirectory);
  if (tarball === undefined) {
    return { specifier: version, before: [`# npm has no ${name} ${version} yet: npm install the tarball instead`] };
  }
  const pack = `npm run --prefix ${shellWord(packageDirectory)} package`;
  return {
    specifier: `file:${relative(projectDirectory, tarball)}`,
    before: isCheckout && !(await isThere(tarball)) ? [pack] : [],
  };
}

/** The tarball that npm, or npx, has installed the package from; undefined where it was something else. */
async function installedFrom(packageDirectory: string): Promise<string | undefined> {
  const folder = dirname(dirname(packageDirectory));
  const manifest = parseJson(await readFile(join(folder, "package.json"), "utf8").catch(() => ""));
  const dependencies = isJsonObject(manifest) && isJsonObject(manifest.dependencies) ? manifest.dependencies : {};
  const specifier = dependencies[name];
  if (typeof specifier !== "string" || !/^file:.*\.tgz$/.test(specifier)) return undefined;
  return resolve(folder, specifier.slice("file:".length));
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
