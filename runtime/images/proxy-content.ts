import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  compilerOptions,
  compileSupervisor,
  imageLayout,
  supervisorSources,
  templatesDirectory,
} from "../proxy/index.ts";
import { writeWhole } from "./cache.ts";
import type { Entry } from "./content.ts";
import type { BuildContext } from "./context.ts";
import { unpackPackages } from "./debian-packages.ts";
import { packageSources, readOsRelease } from "./package-sources.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { systemFiles } from "./system-files.ts";

/** Debian's package of the nginx program. */
const packages = ["nginx"];

/** Path of the supervisor in the image. */
export const supervisorPath = "/bin/supervisor";

/** The proxy's files: nginx of Debian, the libraries that it needs, and the parts of this project. */
export async function proxyContent(context: BuildContext): Promise<readonly Entry[]> {
  const sources = await packageSources(context.cache, await readOsRelease());
  const tree = await unpackPackages({ ...context, sources }, packages);
  const programs = [imageLayout.nginx];
  const libraries = await sharedLibraries(context.toolbox, tree, programs);
  const { configDirectory } = imageLayout;
  return [
    ...systemFiles,
    ...libraries,
    ...programs.map((path) => ({ path, mode: 0o755, file: join(tree, path) })),
    { path: supervisorPath, mode: 0o755, file: await compiledSupervisor(context) },
    ...(await readdir(templatesDirectory)).sort().map((name) => ({
      path: `${configDirectory}/${name}`,
      mode: 0o644,
      file: join(templatesDirectory, name),
    })),
  ];
}

async function compiledSupervisor({ toolbox, cache }: BuildContext): Promise<string> {
  const sources = await supervisorSources();
  const directory = dirname(sources[0] ?? "");
  const hash = createHash("sha256").update(compilerOptions.join("\n"));
  hash.update(await toolbox.run("gcc", ["--version"]));
  for (const name of (await readdir(directory)).sort())
    hash.update(`${name}\n`).update(await readFile(join(directory, name)));
  const file = await cache.path("parts", `supervisor-${hash.digest("hex").slice(0, 16)}`);
  const compiled = await stat(file).catch(() => undefined);
  if (compiled === undefined) await writeWhole(file, compileSupervisor);
  return file;
}
