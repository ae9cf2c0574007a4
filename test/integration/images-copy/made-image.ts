import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const oci = (kind: string) => `application/vnd.oci.image.${kind}+json`;

/**
 * Writes an OCI layout with an index of two platforms, whose one layer is an empty archive with a text of its own.
 *
 * @returns the index's digest
 */
export async function makeImage(directory: string, text: string): Promise<string> {
  const blobs = join(directory, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (content: Uint8Array | object, mediaType: string) => {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const manifests = [];
  for (const architecture of ["amd64", "arm64"]) {
    const archive = Buffer.alloc(1024);
    const layer = await put(
      gzipSync(Buffer.concat([archive, Buffer.from(`${text} ${architecture}`)])),
      oci("layer.v1.tar+gzip").replace("+json", ""),
    );
    const config = await put(
      { architecture, os: "linux", rootfs: { type: "layers", diff_ids: [layer.digest] } },
      oci("config.v1"),
    );
    const manifest = { schemaVersion: 2, mediaType: oci("manifest.v1"), config, layers: [layer] };
    manifests.push({ ...(await put(manifest, oci("manifest.v1"))), platform: { os: "linux", architecture } });
  }
  const index = await put({ schemaVersion: 2, mediaType: oci("index.v1"), manifests }, oci("index.v1"));
  await writeFile(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const named = { ...index, annotations: { "org.opencontainers.image.ref.name": "made" } };
  await writeFile(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  return index.digest;
}
