import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** A git repository that a test fills. */
export interface GitRepository {
  readonly path: string;
  /** Writes files, commits them and all that has changed, and answers the commit. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  git(...args: string[]): Promise<string>;
}

export async function createGitRepository(path: string): Promise<GitRepository> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  const git = async (...args: string[]) =>
    (await promisify(execFile)("git", ["-C", path, ...identity, ...args])).stdout.trim();
  await mkdir(path, { recursive: true });
  await git("init", "--quiet", "--initial-branch", "main");
  const commit = async (files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
    }
    await git("add", "--all");
    await git("commit", "--quiet", "--allow-empty", "--message", "A change");
    return git("rev-parse", "HEAD");
  };
  return { path, commit, git };
}
