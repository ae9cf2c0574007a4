import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { imageCacheDirectory, openImageCache, writeWhole } from "../../../runtime/images/cache.ts";
import { createToolbox } from "../../../runtime/images/command.ts";
import type { BuildContext } from "../../../runtime/images/context.ts";
import { newestTree } from "../../../runtime/images/debian-tree.ts";
import { progress } from "../progress.ts";

/** Python, the one dependency of IoT Edge's SDK of which PyPI has no wheel, and pip, which runs at build time only. */
const packages = ["python3.11-minimal", "libpython3.11-stdlib", "python3-paho-mqtt", "python3-pip-whl"];
const libraries = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"];

/** Debian's Python, unpacked into the cache of the images: the machine's own takes no part. */
export interface Python {
  /** The directory that stands for `/`. */
  readonly tree: string;
  readonly program: string;
  /** What it needs besides the machine's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Whether this machine has Debian's tools, by which Python is fetched and unpacked. */
export function canUnpackPython(): boolean {
  return process.platform === "linux" && existsSync("/usr/bin/apt-get") && existsSync("/usr/bin/dpkg-deb");
}

/** Where the tests' own packages and images are kept. */
export function testBuildContext(): BuildContext {
  const cache = openImageCache(imageCacheDirectory(process.env));
  return {
    cache,
    locked: false,
    toolbox: createToolbox({ cache: cache.directory, say: progress, signal: new AbortController().signal }),
  };
}

export async function debianPython(context: BuildContext): Promise<Python> {
  const { root: tree } = await newestTree(context, packages);
  const environment = {
    LD_LIBRARY_PATH: libraries.map((path) => join(tree, path)).join(":"),
    PYTHONHOME: join(tree, "usr"),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  return { tree, program: join(tree, "usr/bin/python3.11"), environment };
}

/**
 * Installs packages of PyPI into the cache, exactly those whose hashes the file names.
 *
 * @param requirements path of a requirements.txt
 * @returns the directory for `PYTHONPATH`
 */
export async function pypiPackages(
  { toolbox, cache }: BuildContext,
  { tree, program, environment }: Python,
  requirements: string,
): Promise<string> {
  const key = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  const target = await cache.path("parts", `pypi-${key}`);
  if ((await stat(target).catch(() => undefined)) !== undefined) return target;
  const wheels = join(tree, "usr/share/python-wheels");
  const pip = (await readdir(wheels)).find((file) => file.startsWith("pip-")) ?? "";
  const options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile"];
  await writeWhole(target, async (temporary) => {
    await mkdir(temporary);
    const install = ["install", ...options, "--target", temporary, "-r", requirements];
    await toolbox.run(program, [join(wheels, pip, "pip"), ...install], {
      environment: { ...environment, PIP_ROOT_USER_ACTION: "ignore" },
    });
  });
  return target;
}
