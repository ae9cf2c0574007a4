import { lstat, readdir, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
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
  if (target === undefined || target === root || target.startsWith(root + sep)) return;
  throw rbacErrors.EDGE_RBAC_SOURCE_ESCAPES({ link: relative(folder, path) || path });
}

/**
 * Refuses symbolic links at or below `path` that lead out of `folder`.
 *
 * @throws EDGE_RBAC_SOURCE_ESCAPES, EDGE_RBAC_TOOL_EXCESSIVE for a folder of too many files
 */
export async function requireNoLinkOut(folder: string, path: string): Promise<void> {
  const rest = [path];
  let seen = 0;
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    seen += 1;
    if (seen > maxEntries)
      throw rbacErrors.EDGE_RBAC_TOOL_EXCESSIVE({ source: path, problem: `it has more than ${maxEntries} files` });
    const info = await lstat(next);
    if (info.isSymbolicLink()) await requireInside(folder, next);
    else if (info.isDirectory()) for (const name of await readdir(next)) rest.push(join(next, name));
  }
}
