import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { edgectl } from "../../support/edgectl.ts";
import type { Outcome } from "../../support/run-program.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/gitops/", import.meta.url));

/** A git repository of manifests, a chart or an overlay: `main` is the state before a pull request, the working tree after. */
export interface Repository extends AsyncDisposable {
  readonly folder: string;
  git(...args: string[]): Promise<string>;
  /** Runs `edgectl rbac` in it, with helm and kustomize on the PATH. */
  rbac(args: readonly string[], options?: { readonly input?: string; readonly path?: string }): Promise<Outcome>;
}

/**
 * @param name folder of test/fixtures/gitops
 * @param tools folder of helm and kustomize
 */
export async function repositoryOf(name: string, tools: string): Promise<Repository> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "edge-gitops-")));
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  const git = async (...args: string[]) =>
    (await promisify(execFile)("git", ["-C", folder, ...identity, ...args])).stdout.trim();
  await cp(join(fixtures, name, "base"), folder, { recursive: true });
  await git("init", "--quiet", "--initial-branch", "main");
  await git("add", ".");
  await git("commit", "--quiet", "-m", "Before");
  await cp(join(fixtures, name, "pull-request"), folder, { recursive: true });
  const withTools = `${tools}:${process.env.PATH}`;
  return {
    folder,
    git,
    rbac: (args, { input, path = withTools } = {}) =>
      edgectl(["rbac", ...args], { cwd: folder, env: { PATH: path }, ...(input === undefined ? {} : { input }) }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** Writes a file of a repository, with its folders. */
export async function put({ folder }: Repository, file: string, text: string): Promise<string> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

/** The manifest of a ClusterRole without rules. */
export const role = (name: string, extra = "") =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: ${name}}\n${extra}rules: []\n`;
