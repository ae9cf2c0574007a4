import { lstat, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { rbacErrors } from "../errors.ts";
import { checkOut, submodulesOf } from "./git-worktree.ts";
import { requireInside } from "./links.ts";

/** Paths of the working tree, as they are at one revision of it. */
export interface Revision extends AsyncDisposable {
  /** Root of the checkout. */
  readonly root: string;
  /**
   * Where a path of the working tree is in the checkout.
   *
   * @throws EDGE_RBAC_PATH_NOT_IN_REVISION, EDGE_RBAC_SOURCE_ESCAPES
   */
  locate(path: string): Promise<string>;
  /** Whether a path of the working tree belongs to the repository. */
  holds(path: string): Promise<boolean>;
  /** Submodules at or below a path, whose files are not in the checkout. */
  submodules(path: string): Promise<readonly string[]>;
}

/**
 * Checks out the revision of the repository that a path is in.
 *
 * @param path in the working tree, or where it would be
 * @throws EDGE_RBAC_GIT_REF_UNKNOWN, EDGE_RBAC_GIT_FAILED
 */
export async function openRevision(path: string, ref: string): Promise<Revision> {
  const tree = await checkOut(await existingFolder(path), ref, []);
  const inRepository = (one: string) => pathInRepository(tree.repository, one);
  return {
    root: tree.root,
    holds: async (one) => (await inRepository(one)) !== undefined,
    locate: async (one) => {
      const inside = await inRepository(one);
      const place = join(tree.root, inside ?? "");
      if (inside === undefined || (await stat(place).catch(() => undefined)) === undefined)
        throw rbacErrors.EDGE_RBAC_PATH_NOT_IN_REVISION({ path: one, ref });
      await requireInside(tree.root, place);
      return place;
    },
    submodules: async (one) => submodulesOf(tree.root, (await inRepository(one)) ?? ""),
    [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose](),
  };
}

/** @returns undefined for a path outside of the repository */
async function pathInRepository(repository: string, path: string): Promise<string | undefined> {
  const whole = resolve(path);
  for (let folder = whole; ; folder = dirname(folder)) {
    // Links inside of the repository stay: at another revision they may lead elsewhere.
    if ((await realpath(folder).catch(() => undefined)) === repository) return relative(folder, whole);
    if (folder === dirname(folder)) return undefined;
  }
}

/** The folder that a path is in, or the nearest one above that there is: the change may have removed it. */
async function existingFolder(path: string): Promise<string> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    // A link may lead elsewhere, and is judged as it is in the revision.
    const info = await lstat(folder).catch(() => undefined);
    if (info?.isDirectory() || folder === dirname(folder)) return folder;
  }
}
