import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Collector } from "../../collect/collector.ts";
import { isArgoCdParameters } from "../../collect/foreign.ts";
import { requireInside } from "../links.ts";
import { addManifests } from "../manifests.ts";
import { readBoundedFile } from "../read-file.ts";

/**
 * Adds what Argo CD sets over the values of a chart or the fields of a kustomization: neither helm nor kustomize read it, so
 * what they render is not what Argo CD does.
 *
 * @param shown what reports call the folder
 * @throws EDGE_RBAC_SOURCE_ESCAPES, EDGE_RBAC_FILE_TOO_LARGE, EDGE_RBAC_DOCUMENT_EXCESSIVE
 */
export async function addArgoCdParameters(collector: Collector, folder: string, shown: string): Promise<void> {
  if (!(await stat(folder)).isDirectory()) return;
  for (const name of (await readdir(folder)).filter(isArgoCdParameters).sort()) {
    const file = join(folder, name);
    await requireInside(folder, file);
    addManifests(collector, await readBoundedFile(file), join(shown, name), { identity: file });
  }
}
