import { stat } from "node:fs/promises";
import { rbacErrors } from "../errors.ts";
import { type ManifestOptions, readManifests } from "./manifests.ts";
import { emptySource, type Source } from "./source.ts";

export interface OpenOptions extends ManifestOptions {
  /** Where Pulumi.yaml is. */
  readonly projectDirectory: string;
  /** Whose KUBECONFIG names the file of contexts, and whose PATH holds helm and kustomize. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Files of values of a Helm chart. */
  readonly values?: readonly string[];
  /** Name under which a Helm chart is installed. */
  readonly release?: string;
  /** Version of Kubernetes that a Helm chart is told. */
  readonly kubernetes?: string;
  /** Whether a kustomization may take bases from the network. @default false */
  readonly network?: boolean;
}

/**
 * Opens a source by the name that people give it: `manifests:PATH`, `helm:CHART` and `kustomize:PATH`, each also with
 * `@REVISION`, `preview:FILE` (its plan), `stack:NAME`, `stack:NAME@REVISION`, `context:NAME`, `snapshot:FILE`, `empty:`, or
 * the path of manifests.
 *
 * @throws EDGE_RBAC_SOURCE_UNKNOWN and the errors of each kind
 */
export async function openSource(name: string, options: OpenOptions): Promise<Source> {
  const { projectDirectory, env = process.env } = options;
  const [, kind = "", value = ""] = /^([a-z]+):(.*)$/.exec(name) ?? [];
  if (kind === "empty" && value === "") return emptySource;
  if (kind !== "" && value !== "") {
    // What each of these needs takes longer to load than a file of manifests to be judged.
    if (kind === "preview") return (await (await import("./preview.ts")).readPreview(value)).head;
    if (kind === "context") return openContext(value, env);
    if (kind === "snapshot") return (await import("./snapshot.ts")).readSnapshot(value);
    const [path, ref] = atRevision(value);
    if (kind === "stack") return (await import("./stack.ts")).readStack(projectDirectory, path, ref);
    if (kind === "manifests") return openManifests(path, ref, options);
    if (kind === "helm") return (await import("./rendered/helm.ts")).readHelmChart(path, ref, { ...options, env });
    if (kind === "kustomize")
      return (await import("./rendered/kustomize.ts")).readKustomization(path, ref, { ...options, env });
  }
  if (name === "-" || (await stat(name).catch(() => undefined)) !== undefined) return readManifests(name, options);
  throw rbacErrors.EDGE_RBAC_SOURCE_UNKNOWN({ source: name });
}

/**
 * What stands behind the first `@` is a revision, whatever files there are: else a pull request could put one there that is
 * read in the place of its base.
 */
function atRevision(value: string): [path: string, ref: string | undefined] {
  const at = value.indexOf("@");
  return at < 0 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)];
}

async function openManifests(path: string, ref: string | undefined, options: OpenOptions): Promise<Source> {
  if (ref === undefined) return readManifests(path, options);
  return (await import("./manifests-at-revision.ts")).readManifestsAt(path, ref, options);
}

async function openContext(context: string, env: NodeJS.ProcessEnv): Promise<Source> {
  const { loadKubeConfig } = await import("../../kubernetes/index.ts");
  const { readLiveCluster } = await import("./live.ts");
  return readLiveCluster(await loadKubeConfig({ context }, env));
}
