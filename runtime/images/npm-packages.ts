import { createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./cache.ts";
import type { BuildContext } from "./context.ts";
import { requireTools } from "./host-tools.ts";

const files = ["package.json", "package-lock.json"] as const;
/** Packages get no say in how they are installed. */
const options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];

/**
 * Installs a program's own npm packages into the cache, exactly those that its package-lock.json pins.
 *
 * @param directory that has the program's package.json and package-lock.json
 * @returns the path of `node_modules`; undefined when the program has no package-lock.json
 * @throws EDGE_IMAGES_COMMAND_FAILED
 */
export async function installedPackages(
  { toolbox, cache }: BuildContext,
  directory: string,
): Promise<string | undefined> {
  const contents = await Promise.all(files.map((name) => readFile(join(directory, name)).catch(() => undefined)));
  if (contents.includes(undefined)) return undefined;
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content ?? "");
  const installed = await cache.path("parts", `npm-${hash.digest("hex").slice(0, 16)}`);
  const modules = join(installed, "node_modules");
  if ((await stat(modules).catch(() => undefined)) !== undefined) return modules;
  await requireTools(toolbox, ["npm"]);
  toolbox.say("installing the sample module's npm packages");
  await writeWhole(installed, async (temporary) => {
    await mkdir(temporary);
    for (const [index, name] of files.entries()) await writeFile(join(temporary, name), contents[index] ?? "");
    await toolbox.run("npm", ["ci", ...options], { cwd: temporary });
  });
  return modules;
}
