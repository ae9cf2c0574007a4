import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { binariesDirectory } from "../../infra/local-cluster/layout.ts";
import { exclusively } from "../../infra/local-cluster/process/exclusive.ts";

const run = promisify(execFile);
const checkout = resolve(import.meta.dirname, "../..");
/** What users have until a version is released: the commit before the first changes towards 0.2.0. */
const commit = "3ce1e550c4d8ca8be9eb830db65e02627639c706";

/** A checkout of the version before this one, with its dependencies. */
export interface PreviousVersion {
  readonly directory: string;
  /** Its edgectl, as Node runs it. */
  readonly edgectl: string;
  /** The Pulumi program of its projects. */
  readonly program: string;
}

/** Why the version before cannot be had here; undefined where it can. */
export async function lacksPreviousVersion(): Promise<string | undefined> {
  const found = await run("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: checkout }).catch(() => undefined);
  return found === undefined ? "the history of this clone does not reach back to the version before" : undefined;
}

/** Takes the version before out of git's history and installs its locked dependencies, once for all checkouts. */
export async function ensurePreviousVersion(progress: (line: string) => void): Promise<PreviousVersion> {
  const directory = join(dirname(binariesDirectory()), "versions", commit);
  const make = async () => {
    if (existsSync(directory)) return;
    progress(`Installing version ${commit.slice(0, 8)}`);
    await mkdir(dirname(directory), { recursive: true });
    const unfinished = await mkdtemp(`${directory}.unfinished-`);
    try {
      const archive = `${unfinished}.tar`;
      await run("git", ["archive", "--output", archive, commit], { cwd: checkout });
      await run("tar", ["--extract", "--file", archive, "--directory", unfinished]);
      await rm(archive);
      const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
      await run("npm", ["ci", ...options], { cwd: unfinished });
      await rename(unfinished, directory);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  };
  if (!existsSync(directory)) await exclusively(`install ${directory}`, make, () => progress("Waiting for it"));
  return {
    directory,
    edgectl: join(directory, "infra/cli/main.ts"),
    program: join(directory, "infra/index.ts"),
  };
}
