import { resolve } from "node:path";
import { shellWord } from "#base";
import { boundaryOf } from "../links.ts";
import { addAttributes, addManifests, collected, collectorFor, type ManifestOptions } from "../manifests.ts";
import { openRevision } from "../revision.ts";
import type { Source } from "../source.ts";
import { addArgoCdParameters } from "./argo-cd-parameters.ts";
import { kustomizationFile, requireLocal } from "./remote-bases.ts";
import { type Limits, runTool } from "./run-tool.ts";

export interface KustomizeOptions extends ManifestOptions {
  /** Whether bases may be taken from the network. @default false */
  readonly network?: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly limits?: Limits;
}

/**
 * Builds a kustomization of this machine with the user's kustomize, without plugins, Helm and files outside of its folder,
 * and without the network unless it is asked for.
 *
 * @param ref revision of the kustomization and its bases
 * @throws errors of {@link runTool} and {@link openRevision}, EDGE_RBAC_FILE_UNREADABLE, EDGE_RBAC_SOURCE_REMOTE
 */
export async function readKustomization(
  path: string,
  ref: string | undefined,
  options: KustomizeOptions,
): Promise<Source> {
  const title = `kustomization ${path}`;
  if (ref === undefined) return { title, clusters: [await build(path, resolve(path), options)] };
  await using revision = await openRevision(path, ref);
  const place = await revision.locate(path);
  return { title: `${title} at ${ref}`, clusters: [await build(path, place, options)] };
}

/** @param place the kustomization itself, at an absolute path; `path` is what reports call it */
async function build(path: string, place: string, options: KustomizeOptions) {
  const { env, network = false, limits } = options;
  if (!network) await requireLocal(place, path);
  const text = await runTool({
    tool: "kustomize",
    source: path,
    instead: `kustomize build ${shellWord(path)}`,
    env,
    network,
    args: ["build", "--", place],
    ...(limits === undefined ? {} : { limits }),
  });
  const file = await kustomizationFile(place, path);
  const collector = collectorFor(options);
  addManifests(collector, text, `what kustomize build ${path} prints`, { identity: place, originAt: () => ({ file }) });
  await addArgoCdParameters(collector, place, path);
  await addAttributes(collector, await boundaryOf(place));
  return collected(collector, path);
}
