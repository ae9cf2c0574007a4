import { stat } from "node:fs/promises";
import { rbacErrors } from "../errors.ts";
import { readManifests } from "./manifests.ts";
import { emptySource, type Source } from "./source.ts";

export interface OpenOptions {
  /** Where Pulumi.yaml is. */
  readonly projectDirectory: string;
  /** Whose KUBECONFIG names the file of contexts. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Opens a source by the name that people give it: `manifests:PATH`, `preview:FILE` (its plan), `stack:NAME`,
 * `stack:NAME@REF`, `context:NAME`, `snapshot:FILE`, `empty:`, or the path of manifests.
 *
 * @throws EDGE_RBAC_SOURCE_UNKNOWN and the errors of each kind
 */
export async function openSource(name: string, { projectDirectory, env }: OpenOptions): Promise<Source> {
  const [, kind = "", value = ""] = /^([a-z]+):(.*)$/.exec(name) ?? [];
  if (kind === "empty" && value === "") return emptySource;
  if (kind !== "" && value !== "") {
    if (kind === "manifests") return readManifests(value);
    // What each of these needs takes longer to load than a file of manifests to be judged.
    if (kind === "preview") return (await (await import("./preview.ts")).readPreview(value)).head;
    if (kind === "context") return openContext(value, env);
    if (kind === "snapshot") return (await import("./snapshot.ts")).readSnapshot(value);
    if (kind === "stack") return openStack(value, projectDirectory);
  }
  if (name === "-" || (await stat(name).catch(() => undefined)) !== undefined) return readManifests(name);
  throw rbacErrors.EDGE_RBAC_SOURCE_UNKNOWN({ source: name });
}

async function openContext(context: string, env: NodeJS.ProcessEnv | undefined): Promise<Source> {
  const { loadKubeConfig } = await import("../../kubernetes/index.ts");
  const { readLiveCluster } = await import("./live.ts");
  return readLiveCluster(await loadKubeConfig({ context }, env));
}

async function openStack(value: string, projectDirectory: string): Promise<Source> {
  const at = value.indexOf("@");
  const { readStack } = await import("./stack.ts");
  if (at < 0) return readStack(projectDirectory, value);
  return readStack(projectDirectory, value.slice(0, at), value.slice(at + 1));
}
