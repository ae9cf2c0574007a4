import type { Entry } from "./content.ts";
import type { BuildContext } from "./context.ts";
import type { DebianTree } from "./debian-tree.ts";
import type { NodePackage } from "./node-package.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { systemFiles } from "./system-files.ts";

const path = "/bin/node";

/** What all images of a Node program share: Node, the libraries that it needs, and the files that those read. */
export async function nodeBase(
  { toolbox }: BuildContext,
  debian: DebianTree,
  { file, sha256 }: NodePackage,
): Promise<readonly Entry[]> {
  const libraries = await sharedLibraries(toolbox, debian.root, [{ path, file }]);
  return [...systemFiles, ...libraries, { path, mode: 0o755, file, sha256 }];
}
