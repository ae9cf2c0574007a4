import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BuiltImage, commitImages } from "../../../runtime/images/build-images.ts";
import { writeWhole } from "../../../runtime/images/cache.ts";
import type { Entry } from "../../../runtime/images/content.ts";
import type { BuildContext } from "../../../runtime/images/context.ts";
import { unpackPackages } from "../../../runtime/images/debian-packages.ts";
import { packageSources, readOsRelease } from "../../../runtime/images/package-sources.ts";
import { sharedLibraries } from "../../../runtime/images/shared-libraries.ts";
import { systemFiles } from "../../../runtime/images/system-files.ts";

/** Python, the one dependency of the SDK of which PyPI has no wheel, and pip, which runs at build time only. */
const packages = ["python3.11-minimal", "libpython3.11-stdlib", "python3-paho-mqtt", "python3-pip-whl"];
const python = "/usr/bin/python3.11";
const requirements = join(import.meta.dirname, "requirements.txt");
const budgetBytes = 100_000_000;

/** Builds the test's module: Debian's Python, packages of PyPI pinned by their hashes, and module.py. */
export async function buildPythonModule(context: BuildContext): Promise<BuiltImage> {
  const sources = await packageSources(context.cache, await readOsRelease());
  const tree = await unpackPackages({ ...context, sources }, packages);
  const installed = await pypiPackages(context, tree);
  const extensions = await filesBelow(join(tree, "usr/lib/python3.11/lib-dynload"));
  const programs = [python, ...extensions.map((file) => `/usr/lib/python3.11/lib-dynload/${file}`)];
  const own: Entry[] = [
    ...systemFiles,
    ...(await sharedLibraries(context.toolbox, tree, programs)),
    { path: python, mode: 0o755, file: join(tree, python) },
    ...(await copied(join(tree, "usr/lib/python3.11"), "/usr/lib/python3.11")),
    ...(await copied(join(tree, "usr/lib/python3/dist-packages/paho"), "/app/packages/paho")),
    ...(await copied(installed, "/app/packages")),
    { path: "/app/module.py", mode: 0o644, file: join(import.meta.dirname, "module.py") },
  ];
  const config = {
    entrypoint: [python, "/app/module.py"],
    environment: { PYTHONPATH: "/app/packages", PYTHONDONTWRITEBYTECODE: "1" },
    labels: {},
  };
  const [built] = await commitImages(context, [
    { definition: { name: "python-module", budgetBytes, config }, content: { base: [], own } },
  ]);
  if (built === undefined) throw new Error("no image was built");
  return built;
}

/** Installs requirements.txt into the cache, by Debian's pip on Debian's Python. */
async function pypiPackages({ toolbox, cache }: BuildContext, tree: string): Promise<string> {
  const key = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  const target = await cache.path("parts", `pypi-${key}`);
  if ((await stat(target).catch(() => undefined)) !== undefined) return target;
  const wheels = join(tree, "usr/share/python-wheels");
  const pip = (await readdir(wheels)).find((file) => file.startsWith("pip-")) ?? "";
  const libraries = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"].map((path) => join(tree, path)).join(":");
  const options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile"];
  await writeWhole(target, async (temporary) => {
    await mkdir(temporary);
    const install = ["install", ...options, "--target", temporary, "-r", requirements];
    await toolbox.run(join(tree, python), [join(wheels, pip, "pip"), ...install], {
      environment: { LD_LIBRARY_PATH: libraries, PYTHONHOME: join(tree, "usr"), PIP_ROOT_USER_ACTION: "ignore" },
    });
  });
  return target;
}

async function copied(directory: string, path: string): Promise<Entry[]> {
  const files = await filesBelow(directory);
  return files.map((file) => ({ path: `${path}/${file}`, mode: 0o644, file: join(directory, file) }));
}

async function filesBelow(directory: string): Promise<string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".pyc"))
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
