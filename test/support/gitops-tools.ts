import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheKey } from "../../infra/local-cluster/build/cache-key.ts";
import { compileModule } from "../../infra/local-cluster/build/compile.ts";
import { findGo } from "../../infra/local-cluster/build/go-toolchain.ts";
import { buildFlags, type GoModule } from "../../infra/local-cluster/build/programs.ts";
import { binariesDirectory } from "../../infra/local-cluster/layout.ts";
import { exclusively } from "../../infra/local-cluster/process/exclusive.ts";

const modules: readonly GoModule[] = [
  { name: "helm", title: "Helm", packages: ["helm.sh/helm/v3/cmd/helm"] },
  {
    name: "kustomize",
    title: "Kustomize",
    packages: ["sigs.k8s.io/kustomize/kustomize/v5"],
  },
].map((module) => ({
  ...module,
  ldflags: "-s -w",
  directory: fileURLToPath(new URL(`gitops-tools/${module.name}/`, import.meta.url)),
}));

/**
 * Compiles helm and kustomize from their pinned modules, unless this user's cache holds them: about 3 minutes once.
 *
 * @returns the folder of the two programs
 */
export async function ensureGitopsTools(progress: (line: string) => void): Promise<string> {
  const { description } = await findGo();
  const inputs = modules.map(({ name, directory = "", packages, ldflags }) => {
    const read = (file: string) => readFileSync(join(directory, file), "utf8");
    return [name, JSON.stringify([read("go.mod"), read("go.sum"), packages, ldflags])] as const;
  });
  const key = cacheKey({ toolchain: description, flags: buildFlags, modules: Object.fromEntries(inputs) });
  const folder = join(dirname(binariesDirectory()), "gitops-tools", key);
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
  if (!existsSync(folder))
    await exclusively(`build ${folder}`, build, () => progress("Waiting for helm and kustomize"));
  return folder;
}
