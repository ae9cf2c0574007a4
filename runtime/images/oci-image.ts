import type { ImageConfig } from "./content.ts";
import { digestOf, type Layer } from "./layer.ts";
import type { Architecture } from "./platform.ts";
import { imageUser } from "./system-files.ts";

/** Something of an image's, by its digest. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
  readonly annotations?: Annotations;
}

export type Annotations = Readonly<Record<string, string>>;

/** A small blob: a configuration, a manifest, an index. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** An image for one platform. */
export interface PlatformImage {
  readonly architecture: Architecture;
  readonly layers: readonly Layer[];
  readonly config: Blob;
  readonly manifest: Blob;
}

export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
  spdx: "application/spdx+json",
} as const;

/** The same whenever it is built. */
const created = "1970-01-01T00:00:00Z";

export function jsonBlob(mediaType: string, value: object): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** The manifest and configuration of an image for one platform: equal input gives equal bytes. */
export function platformImage(
  architecture: Architecture,
  layers: readonly Layer[],
  imageConfig: ImageConfig,
  annotations: Annotations,
): PlatformImage {
  const { entrypoint, environment, labels, stopSignal } = imageConfig;
  const config = jsonBlob(mediaTypes.config, {
    created,
    architecture,
    os: "linux",
    config: {
      User: imageUser,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      Entrypoint: entrypoint,
      Labels: labels,
      ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created, created_by: "edgectl images build" })),
  });
  const manifest = jsonBlob(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: config.descriptor,
    layers: layers.map(({ digest, size }) => ({ mediaType: mediaTypes.layer, digest, size })),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
  return { architecture, layers, config, manifest };
}

/** The index by which each machine finds its image. */
export function imageIndex(images: readonly PlatformImage[], annotations: Annotations): Blob {
  return jsonBlob(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: images.map(({ manifest: { descriptor }, architecture }) => ({
      ...descriptor,
      platform: { architecture, os: "linux" },
    })),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
}

/**
 * An SBOM as something of its own in a registry that refers to a manifest, and the index that names it where the registry
 * does not find referrers by itself.
 */
export function sbomReferrer(
  document: Buffer,
  subject: Descriptor,
): { readonly index: Blob; readonly blobs: readonly Blob[] } {
  const artifactType = mediaTypes.spdx;
  const sbom = {
    descriptor: { mediaType: artifactType, digest: digestOf(document), size: document.length },
    bytes: document,
  };
  const config = jsonBlob(mediaTypes.empty, {});
  const { mediaType, digest, size, platform } = subject;
  const annotations = { "org.opencontainers.image.title": "sbom.spdx.json" };
  const manifest = jsonBlob(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: config.descriptor,
    layers: [{ ...sbom.descriptor, annotations }],
    subject: { mediaType, digest, size },
  });
  const index = jsonBlob(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    // skopeo copies no entry that has no platform, nor (1.9) one that has the artifact's type: that is in its manifest.
    manifests: [{ ...manifest.descriptor, platform }],
  });
  return { index, blobs: [sbom, config, manifest] };
}
