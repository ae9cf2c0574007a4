import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EdgeError } from "#base";
import { type Layer, openSkopeo, type Skopeo } from "../image-copy/index.ts";
import { type Artifact, contentType, writeLayout } from "./artifact.ts";
import { contentLimits, readLayout } from "./artifact-content.ts";
import { gitopsErrors } from "./errors.ts";
import type { FolderFile } from "./marked-file.ts";

/** A place in a registry: `registry/path`, without tag and digest. */
export interface Repository {
  readonly name: string;
  /** Plain HTTP, or a certificate that is not verified. */
  readonly insecure: boolean;
}

/** What a tag leads to. */
export interface TagState {
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Digest of the layer of manifests, where there is no other layer that Flux could take instead. */
  readonly layer?: string | undefined;
  /** Bytes of its layers and its configuration together, as it says; infinite where it does not. */
  readonly size: number;
}

/**
 * Tags of artifacts, by skopeo and the logins that it has. A registry knows no change on condition: who moves a tag
 * excludes others by other means.
 */
export interface RegistryTags {
  /** @returns undefined where there is no such tag */
  read(repository: Repository, tag: string, signal: AbortSignal): Promise<TagState | undefined>;
  push(repository: Repository, tag: string, artifact: Artifact, signal: AbortSignal): Promise<void>;
  /** Lets the tag lead to what has that digest in the same repository. */
  move(repository: Repository, tag: string, digest: string, signal: AbortSignal): Promise<void>;
  /** The files of an artifact to which a tag leads. */
  pull(repository: Repository, found: TagState, signal: AbortSignal): Promise<readonly FolderFile[]>;
}

/** What registries answer, in skopeo's words, where a tag or the whole repository is not there yet. */
const notThere = /manifest unknown|name unknown|repository name not known|MANIFEST_UNKNOWN|NAME_UNKNOWN/;

export function openRegistryTags(): RegistryTags {
  return {
    read: (repository, tag, signal) =>
      withSkopeo(`${repository.name}:${tag}`, signal, async ({ skopeo }) => {
        try {
          const image = `docker://${repository.name}:${tag}`;
          const { digest, annotations, layers, size } = await skopeo.inspect(image, repository.insecure);
          return { digest, annotations, layer: soleLayer(layers)?.digest, size };
        } catch (error) {
          if (error instanceof EdgeError && error.code === "EDGE_COPY_FAILED" && notThere.test(error.message)) {
            return undefined;
          }
          throw error;
        }
      }),
    push: (repository, tag, artifact, signal) =>
      withSkopeo(`${repository.name}:${tag}`, signal, async ({ skopeo, directory }) => {
        const layout = join(directory, "layout");
        await writeLayout(layout, artifact);
        await copy(skopeo, { image: `oci:${layout}` }, repository, tag, artifact.manifest.digest);
      }),
    move: (repository, tag, digest, signal) =>
      withSkopeo(`${repository.name}:${tag}`, signal, async ({ skopeo }) => {
        const from = { image: `docker://${repository.name}@${digest}`, insecure: repository.insecure };
        await copy(skopeo, from, repository, tag, digest);
      }),
    pull: (repository, { digest, size }, signal) =>
      withSkopeo(`${repository.name}@${digest}`, signal, async ({ skopeo, directory }) => {
        const layout = join(directory, "layout");
        const reference = `${repository.name}@${digest}`;
        const from = { image: `docker://${reference}`, insecure: repository.insecure };
        // The sizes that it says are all that is known of it before it is on the disk; its digest is of what says them.
        if (size > contentLimits.layerBytes) {
          const problem = `it has more than ${contentLimits.layerBytes} bytes, and is not fetched`;
          throw gitopsErrors.EDGE_GITOPS_ARTIFACT({ reference, problem });
        }
        await skopeo.copy(from, { image: `oci:${layout}` }, reference, size);
        return readLayout(layout, reference);
      }),
  };
}

/** Of several, Flux may take another one than that which is read here. */
function soleLayer(layers: readonly Layer[]): Layer | undefined {
  const [layer] = layers;
  return layers.length === 1 && layer?.mediaType === contentType ? layer : undefined;
}

async function copy(
  skopeo: Skopeo,
  from: { readonly image: string; readonly insecure?: boolean },
  { name, insecure }: Repository,
  tag: string,
  digest: string,
): Promise<void> {
  const to = { image: `docker://${name}:${tag}`, insecure };
  // All that may be pushed, and that is taken from a tag, is smaller.
  const arrived = await skopeo.copy(from, to, `${name}:${tag}`, contentLimits.layerBytes);
  if (arrived === digest) return;
  throw gitopsErrors.EDGE_GITOPS_REGISTRY({
    reference: `${name}:${tag}`,
    problem: `the registry has ${arrived}, not ${digest}`,
  });
}

interface Work {
  readonly skopeo: Skopeo;
  readonly directory: string;
}

/** Whatever a registry refuses is told as such, so that a caller can try again. */
async function withSkopeo<T>(reference: string, signal: AbortSignal, work: (tools: Work) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "edge-tags-"));
  try {
    return await work({ skopeo: await openSkopeo(join(directory, "digest"), signal), directory });
  } catch (error) {
    if (!(error instanceof EdgeError) || error.code !== "EDGE_COPY_FAILED") throw error;
    throw gitopsErrors.EDGE_GITOPS_REGISTRY({ reference, problem: error.message }, { cause: error });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
