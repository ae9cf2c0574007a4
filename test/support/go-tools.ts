import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheKey } from "../../infra/local-cluster/build/cache-key.ts";
import { compileModule } from "../../infra/local-cluster/build/compile.ts";
import { findGo } from "../../infra/local-cluster/build/go-toolchain.ts";
import { buildFlags, type GoModule } from "../../infra/local-cluster/build/programs.ts";
import { binariesDirectory } from "../../infra/local-cluster/layout.ts";
import { exclusively } from "../../infra/local-cluster/process/exclusive.ts";

/**
 * Compiles programs that tests run from their pinned modules, unless this user's cache holds them.
 *
 * @param group folder beside this file that has a folder with go.mod and go.sum for each module
 * @returns the folder of the programs
 */
export async function ensureGoTools(
  group: string,
  wanted: readonly (Pick<GoModule, "name" | "title" | "packages"> & Partial<Pick<GoModule, "ldflags">>)[],
  progress: (line: string) => void,
): Promise<string> {
  const modules: readonly GoModule[] = wanted.map((module) => ({
    ldflags: "-s -w",
    ...module,
    directory: fileURLToPath(new URL(`${group}/${module.name}/`, import.meta.url)),
  }));
  const { description } = await findGo();
  const inputs = modules.map(({ name, directory = "", packages, ldflags }) => {
    const read = (file: string) => readFileSync(join(directory, file), "utf8");
    const source = existsSync(join(directory, "main.go")) ? [read("main.go")] : [];
    return [name, JSON.stringify([read("go.mod"), read("go.sum"), packages, ldflags, ...source])] as const;
  });
  const key = cacheKey({ toolchain: description, flags: buildFlags, modules: Object.fromEntries(inputs) });
  const folder = join(dirname(binariesDirectory()), group, key);
  const build = async () => {
    if (existsSync(folder)) return;
    mkdirSync(dirname(folder), { recursive: true });
    const unfinished = mkdtempSync(`${folder}.unfinished-`);
    try {
      for (const module of modules) await compileModule(module, unfinished, progress);
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  };
  const titles = modules.map(({ title }) => title).join(" and ");
  if (!existsSync(folder)) await exclusively(`build ${folder}`, build, () => progress(`Waiting for ${titles}`));
  return folder;
}
