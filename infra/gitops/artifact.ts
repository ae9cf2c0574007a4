import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tarArchive } from "#base";
import { gitopsErrors } from "./errors.ts";
import type { FolderFile } from "./marked-file.ts";

/** Where the content comes from, as Flux shows it. */
export interface ArtifactOrigin {
  /** Such as the repository's URL. */
  readonly source?: string;
  /** Such as `main@sha1:<commit>`. */
  readonly revision?: string;
  /** The run that brings it, so that what two runs bring is never the same artifact. */
  readonly rollout?: string;
  /** What signs it, so that what is not signed, or by something else, is another artifact. */
  readonly signer?: string;
}

interface Blob {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/** An artifact as a registry keeps it. */
export interface Artifact {
  readonly config: Blob;
  readonly layer: Blob;
  readonly manifest: Blob;
}

/** On an artifact, the run that has made it. */
const rolloutAnnotation = "iotedge.dev/rollout";
/** On an artifact, what signs it before any tag that Flux follows leads there. */
export const signerAnnotation = "iotedge.dev/signer";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
/** Files of an artifact and their names. */
export const maxArchiveBytes = 4 << 20;
export const contentType = "application/vnd.cncf.flux.content.v1.tar+gzip";

/**
 * The files as the OCI artifact that Flux's OCIRepository takes. Equal files and origins give equal digests: nothing in it
 * tells when, where or by whom it was made.
 *
 * @throws EDGE_GITOPS_TOO_LARGE
 */
export async function makeArtifact(files: readonly FolderFile[], origin: ArtifactOrigin): Promise<Artifact> {
  // Node's own depends on its zlib, which differs from release to release.
  const { gzipSync } = await import("fflate");
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const archive = tarArchive(
    sorted.map(({ name, content }) => ({ path: name, content: Buffer.from(content, "utf8"), mode: 0o644 })),
  );
  if (archive.length > maxArchiveBytes) {
    const details = { bytes: String(archive.length), limit: String(maxArchiveBytes) };
    throw gitopsErrors.EDGE_GITOPS_TOO_LARGE(details);
  }
  const layer = blobOf(gzipSync(archive, { mtime: 0, level: 9 }));
  const config = blobOf(Buffer.from("{}"));
  const annotations = {
    ...(origin.rollout === undefined ? {} : { [rolloutAnnotation]: origin.rollout }),
    ...(origin.signer === undefined ? {} : { [signerAnnotation]: origin.signer }),
    ...(origin.revision === undefined ? {} : { "org.opencontainers.image.revision": origin.revision }),
    ...(origin.source === undefined ? {} : { "org.opencontainers.image.source": origin.source }),
  };
  const manifest = blobOf(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: descriptor(config, "application/vnd.cncf.flux.config.v1+json"),
        layers: [descriptor(layer, contentType)],
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      }),
    ),
  );
  return { config, layer, manifest };
}

const empty = "application/vnd.oci.empty.v1+json";

/** An artifact without content: what it says is in its annotations. */
export function lockArtifact(annotations: Readonly<Record<string, string>>): Artifact {
  const config = blobOf(Buffer.from("{}"));
  const content = descriptor(config, empty);
  const manifest = { schemaVersion: 2, mediaType: manifestType, config: content, layers: [content], annotations };
  return { config, layer: config, manifest: blobOf(Buffer.from(JSON.stringify(manifest))) };
}

/** Writes the artifact as an OCI image layout, from which skopeo and other tools copy it. */
export async function writeLayout(directory: string, { config, layer, manifest }: Artifact): Promise<void> {
  const blobs = join(directory, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  for (const { bytes, digest } of [config, layer, manifest]) {
    await writeFile(join(blobs, digest.replace("sha256:", "")), bytes);
  }
  const index = { schemaVersion: 2, manifests: [descriptor(manifest, manifestType)] };
  await writeFile(join(directory, "index.json"), JSON.stringify(index));
  await writeFile(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

function blobOf(bytes: Uint8Array): Blob {
  return { bytes, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` };
}

function descriptor({ bytes, digest }: Blob, mediaType: string) {
  return { mediaType, digest, size: bytes.length };
}
