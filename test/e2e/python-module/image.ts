import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type BuiltImage, commitImages } from "../../../runtime/images/build-images.ts";
import type { Entry } from "../../../runtime/images/content.ts";
import type { BuildContext } from "../../../runtime/images/context.ts";
import { machineArchitecture } from "../../../runtime/images/platform.ts";
import { sharedLibraries } from "../../../runtime/images/shared-libraries.ts";
import { systemFiles } from "../../../runtime/images/system-files.ts";
import { debianPython, pypiPackages } from "../../support/python/python.ts";

const python = "/usr/bin/python3.11";
const requirements = join(import.meta.dirname, "requirements.txt");
const budgetBytes = 100_000_000;

/** Builds the test's module: Debian's Python, packages of PyPI pinned by their hashes, and module.py. */
export async function buildPythonModule(context: BuildContext): Promise<BuiltImage> {
  const unpacked = await debianPython(context);
  const { tree } = unpacked;
  const installed = await pypiPackages(context, unpacked, requirements);
  const extensions = await filesBelow(join(tree, "usr/lib/python3.11/lib-dynload"));
  const programs = [python, ...extensions.map((file) => `/usr/lib/python3.11/lib-dynload/${file}`)].map((path) => ({
    path,
    file: join(tree, path),
  }));
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
    {
      definition: { name: "python-module", budgetBytes, config },
      contents: new Map([[machineArchitecture(), { base: [], own }]]),
    },
  ]);
  if (built === undefined) throw new Error("no image was built");
  return built;
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
