import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { rbacErrors } from "../errors.ts";

/** Far more than any chart has. */
const maxEntries = 20_000;

/**
 * Refuses a path that is, or leads by symbolic links, out of a folder: what a pull request links to would be read with the
 * rights of whoever judges it.
 *
 * @throws EDGE_RBAC_SOURCE_ESCAPES
 */
export async function requireInside(folder: string, path: string): Promise<void> {
  const [root, target] = await Promise.all([realpath(folder), realpath(path).catch(() => undefined)]);
  // A link to nothing leads nowhere.
  if (target === undefined || target === root || target.startsWith(root.endsWith(sep) ? root : root + sep)) return;
  throw rbacErrors.EDGE_RBAC_SOURCE_ESCAPES({ link: relative(folder, path) || path });
}

/**
 * The folder that no link at or below a path may lead out of: the working tree that the path is in, or else the path itself
 * where it is a folder. Links above the working tree are its owner's, those in it may be a pull request's.
 *
 * @returns undefined for a file in no working tree: whoever names it chooses what it links to
 */
export async function boundaryOf(path: string): Promise<string | undefined> {
  let tree: string | undefined;
  for (const folder of [...foldersAbove(path), resolve(path)]) {
    const info = await lstat(folder).catch(() => undefined);
    if (info === undefined || (tree !== undefined && info.isSymbolicLink())) break;
    if (!(await isMissing(join(folder, ".git")))) tree = folder;
  }
  if (tree !== undefined) return tree;
  return (await stat(path).catch(() => undefined))?.isDirectory() ? path : undefined;
}

const isMissing = (path: string) =>
  lstat(path).then(
    () => false,
    () => true,
  );

/** From the root of the file system down. */
function foldersAbove(path: string): string[] {
  const above = dirname(resolve(path));
  return above === dirname(above) ? [above] : [...foldersAbove(above), above];
}

/**
 * Refuses symbolic links at or below `path` that lead out of `folder`.
 *
 * @param limit how many files there may be
 * @throws EDGE_RBAC_SOURCE_ESCAPES, EDGE_RBAC_NAME_NOT_UTF8, EDGE_RBAC_TOOL_EXCESSIVE for a folder of too many files
 */
export async function requireNoLinkOut(folder: string, path: string, limit: number = maxEntries): Promise<void> {
  const rest = [path];
  let seen = 0;
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    seen += 1;
    if (seen > limit)
      throw rbacErrors.EDGE_RBAC_TOOL_EXCESSIVE({ source: path, problem: `it has more than ${limit} files` });
    await requireName(next);
    const info = await lstat(next);
    if (info.isSymbolicLink()) await requireInside(folder, next);
    else if (info.isDirectory()) for (const name of await readdir(next)) rest.push(join(next, name));
  }
}

/**
 * Refuses a file or folder of a listing whose name is not UTF-8: under the name that the listing has for it there is nothing.
 *
 * @throws EDGE_RBAC_NAME_NOT_UTF8
 */
export async function requireName(path: string): Promise<void> {
  if (path.includes("\uFFFD") && (await isMissing(path))) throw rbacErrors.EDGE_RBAC_NAME_NOT_UTF8({ file: path });
}
