import { execFile } from "node:child_process";
import { access, mkdir, realpath, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { rbacErrors } from "../errors.ts";
import { abandonedScratches, makeScratch } from "./abandoned-checkouts.ts";

const run = promisify(execFile);

/** Enough for the list of files of a very large repository. */
const maxBuffer = 256 * 1024 * 1024;

/** A checkout of one revision in a folder of its own, removed when disposed of. */
export interface Worktree extends AsyncDisposable {
  /** Where `projectDirectory` is in it. */
  readonly directory: string;
  /** Its own root. */
  readonly root: string;
  /** Root of the working tree that it was made of. */
  readonly repository: string;
}

/**
 * A checkout holds all files of its revision whatever the working tree leaves out, and starts none of them: a hook may be a
 * file of the revision itself.
 */
const wholeAndQuiet = ["-c", "core.sparseCheckout=false", "-c", "core.hooksPath=/dev/null"];

const treeOf = (scratch: string) => join(scratch, "tree");

/**
 * Checks out `ref` beside the working tree, which stays as it is. Checkouts that killed processes left are removed.
 *
 * @param shared paths in the project that git does not hold, such as `node_modules`: those that exist are shared
 * @throws EDGE_RBAC_GIT_REF_UNKNOWN, EDGE_RBAC_GIT_FAILED
 */
export async function checkOut(projectDirectory: string, ref: string, shared: readonly string[]): Promise<Worktree> {
  const root = await git(projectDirectory, ["rev-parse", "--show-toplevel"]);
  const commit = await git(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]).catch(
    (cause) => {
      throw rbacErrors.EDGE_RBAC_GIT_REF_UNKNOWN({ ref }, { cause });
    },
  );
  // One that cannot be removed is no reason not to make another.
  for (const left of await abandonedScratches()) await removeCheckout(treeOf(left), left).catch(() => undefined);
  const scratch = await makeScratch();
  const tree = treeOf(scratch);
  const remove = () => removeCheckout(root, scratch);
  try {
    await git(root, [...wholeAndQuiet, "worktree", "add", "--detach", "--quiet", tree, commit]);
    const directory = join(tree, relative(root, await realpath(projectDirectory)));
    for (const path of shared) await share(join(projectDirectory, path), join(directory, path));
    return { directory, root: tree, repository: root, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Paths of the submodules at or below `path`, whose files no checkout has. */
export async function submodulesOf(checkout: string, path: string): Promise<readonly string[]> {
  const listed = await git(checkout, ["ls-tree", "-r", "-z", "--full-tree", "HEAD", "--", path === "" ? "." : path]);
  const entries = listed.split("\0").filter((entry) => entry.startsWith("160000 "));
  return entries.map((entry) => entry.slice(entry.indexOf("\t") + 1));
}

/**
 * Paths of the files that git holds of a working tree, from its root on.
 *
 * @param pattern as git takes it; default: all
 */
export async function trackedFiles(root: string, pattern = ":/"): Promise<readonly string[]> {
  return (await git(root, ["ls-files", "-z", "--", pattern])).split("\0").filter((path) => path !== "");
}

/** @param repository a directory of the repository that the checkout is of: the checkout itself is one, too */
async function removeCheckout(repository: string, scratch: string): Promise<void> {
  await git(repository, ["worktree", "remove", "--force", treeOf(scratch)]).catch(() => undefined);
  await rm(scratch, { recursive: true, force: true });
}

async function share(original: string, link: string): Promise<void> {
  const exists = await access(original).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  await mkdir(dirname(link), { recursive: true });
  await symlink(original, link);
}

async function git(directory: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run("git", ["-C", directory, ...args], { maxBuffer });
    return stdout.trim();
  } catch (cause) {
    const problem = ((cause as { stderr?: string }).stderr ?? (cause as Error).message).trim();
    const command = args.find((arg) => /^[a-z]+(-[a-z]+)*$/.test(arg)) ?? "";
    throw rbacErrors.EDGE_RBAC_GIT_FAILED({ command, problem }, { cause });
  }
}
