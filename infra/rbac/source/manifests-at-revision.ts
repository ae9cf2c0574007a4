import { join, relative } from "node:path";
import { requireNoLinkOut } from "./links.ts";
import { manifestFiles } from "./manifest-files.ts";
import { addAttributes, addFile, collected, collectorFor, type ManifestOptions } from "./manifests.ts";
import { openRevision } from "./revision.ts";
import type { Source } from "./source.ts";

/**
 * Reads Kubernetes manifests as they are at a git revision of the repository that they stand in.
 *
 * @throws errors of {@link openRevision} and of `readManifests`, EDGE_RBAC_SOURCE_ESCAPES
 */
export async function readManifestsAt(path: string, ref: string, options: ManifestOptions): Promise<Source> {
  await using revision = await openRevision(path, ref);
  const place = await revision.locate(path);
  await requireNoLinkOut(revision.root, place, Number.POSITIVE_INFINITY);
  const collector = collectorFor(options);
  for (const file of await manifestFiles(place, revision.root))
    await addFile(collector, file, join(path, relative(place, file.path)), revision.root);
  await addAttributes(collector, revision.root);
  for (const submodule of await revision.submodules(path)) {
    const problem = `is the submodule ${submodule}, whose files are not part of this revision`;
    const origin = { file: path };
    collector.noteDocument(problem, `submodule ${submodule} ${ref}`, { origin, identity: submodule });
  }
  return { title: `manifests ${path} at ${ref}`, clusters: [collected(collector, path)] };
}
