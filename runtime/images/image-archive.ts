import { constants } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Type from "typebox";
import { Value } from "typebox/value";
import { parseJson } from "#base";
import type { Toolbox } from "./command.ts";
import { packDirectory } from "./layer.ts";
import type { Blob, Descriptor, PlatformImage } from "./oci-image.ts";

/**
 * Writes an image as an OCI layout.
 *
 * @param reference that it shall have where it is loaded
 */
export async function writeLayout(
  directory: string,
  index: Blob,
  images: readonly PlatformImage[],
  reference: string,
): Promise<void> {
  await startLayout(directory);
  for (const blob of [index, ...images.flatMap(({ config, manifest }) => [config, manifest])])
    await writeBlob(directory, blob);
  for (const { digest, file } of images.flatMap(({ layers }) => layers))
    await copyFile(file, blobPath(directory, digest), constants.COPYFILE_FICLONE);
  const annotations = {
    "io.containerd.image.name": reference,
    "org.opencontainers.image.ref.name": reference.slice(reference.lastIndexOf(":") + 1),
  };
  await writeLayoutIndex(directory, { ...index.descriptor, annotations });
  const [first] = images;
  if (first !== undefined) await writeFile(join(directory, "manifest.json"), dockerManifest(first, reference));
}

export async function startLayout(directory: string): Promise<void> {
  await mkdir(join(directory, "blobs/sha256"), { recursive: true });
  await writeFile(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
}

/** Names what a layout holds. */
export async function writeLayoutIndex(directory: string, manifest: Descriptor): Promise<void> {
  await writeFile(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

export async function writeBlob(directory: string, { descriptor, bytes }: Blob): Promise<void> {
  await writeFile(blobPath(directory, descriptor.digest), bytes);
}

/** By which tools that know Docker's format alone read the same archive; it has no more than one platform. */
function dockerManifest({ config, layers }: PlatformImage, reference: string): string {
  const name = (digest: string) => `blobs/sha256/${digest.slice("sha256:".length)}`;
  const image = {
    Config: name(config.descriptor.digest),
    RepoTags: [reference],
    Layers: layers.map(({ digest }) => name(digest)),
  };
  return JSON.stringify([image]);
}

function blobPath(directory: string, digest: string): string {
  return join(directory, "blobs", digest.replace(":", "/"));
}

/** Packs an OCI layout into an archive. */
export function packLayout(toolbox: Toolbox, directory: string, archive: string): Promise<void> {
  return packDirectory(toolbox, directory, archive);
}

const ManifestsSchema = Type.Object({
  manifests: Type.Array(
    Type.Object({
      mediaType: Type.String(),
      digest: Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }),
      size: Type.Number(),
      platform: Type.Optional(Type.Object({ architecture: Type.String(), os: Type.String() })),
    }),
    { minItems: 1 },
  ),
});

/** Digest of the index of an image's archive, and the manifests that it names. */
export async function archivedImages(
  toolbox: Toolbox,
  archive: string,
): Promise<{ readonly digest: string; readonly manifests: readonly Descriptor[] }> {
  const read = async (path: string) => {
    const text = await toolbox.run("tar", ["--extract", "--to-stdout", "--file", archive, `./${path}`]);
    return Value.Parse(ManifestsSchema, parseJson(text)).manifests;
  };
  const [{ digest = "" } = {}] = await read("index.json");
  return { digest, manifests: await read(`blobs/${digest.replace(":", "/")}`) };
}
