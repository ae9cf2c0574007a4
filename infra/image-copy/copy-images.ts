import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { mapConcurrently } from "#base";
import { isArchive, listName, openArchive, pack, type SavedImage } from "./archive.ts";
import { type PlacedImage, tagOf } from "./collection.ts";
import { imageCopyErrors } from "./errors.ts";
import { formatReference } from "./reference.ts";
import { type Manifest, openSkopeo, type Place, type Skopeo, tooLarge } from "./skopeo.ts";

export interface CopyOptions {
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
  /** Plain HTTP, or no verified certificate, where images are fetched from. */
  readonly insecureSource?: boolean;
  /** The same where they are brought to. */
  readonly insecure?: boolean;
}

/** An image that has arrived. */
export interface CopiedImage {
  readonly key: string;
  /** By its digest; in a file, where it was. */
  readonly reference: string;
  readonly digest: string;
}

/**
 * Saves images into a folder, or an archive where its name ends with `.tar`: an OCI layout, beside which what is in Docker's
 * own format has folders of its own, since another format would be another digest.
 */
export async function saveImages(
  images: readonly PlacedImage[],
  out: string,
  options: CopyOptions,
): Promise<readonly CopiedImage[]> {
  await requireFree(out);
  const { tell, signal, insecureSource = false } = options;
  const folder = await mkdtemp(join(dirname(resolve(out)), ".edge-images-"));
  try {
    const saved = await withSkopeo(signal, async (skopeo) => {
      const done: SavedImage[] = [];
      for (const [index, image] of images.entries()) {
        const source = formatReference(image.reference);
        tell(`saving ${source}`);
        const manifest = await skopeo.inspect(`docker://${source}`, insecureSource);
        const { digest, isOci } = manifest;
        const size = await sizeOf(skopeo, image, manifest, insecureSource);
        const layout = isOci ? "oci" : `docker-${index}`;
        const from = { image: `docker://${pinned(image, digest)}`, insecure: insecureSource };
        const to = { image: placeIn(folder, { layout, digest }) };
        await copyWhole(skopeo, from, to, { name: source, digest: image.reference.digest ?? digest, size });
        done.push({ key: image.key, source, place: image.place, tag: tagOf(image), digest, layout });
      }
      return done;
    });
    await writeFile(join(folder, listName), `${JSON.stringify({ version: 1, images: saved }, null, 2)}\n`);
    await finish(folder, out, signal);
    return saved.map(({ key, source, digest }) => ({ key, reference: source, digest }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Brings saved images into a registry.
 *
 * @param registry as parseRegistry gives it
 */
export async function loadImages(
  file: string,
  registry: string,
  options: CopyOptions,
): Promise<readonly CopiedImage[]> {
  const { tell, signal, insecure = false } = options;
  await using archive = await openArchive(file, signal);
  // Awaited here: the archive's folder goes when this returns.
  return await withSkopeo(signal, async (skopeo) => {
    const done: CopiedImage[] = [];
    for (const image of archive.images) {
      const repository = `${registry}/${image.place}`;
      tell(`loading ${repository}`);
      const from = { image: placeIn(archive.directory, image) };
      const to = { image: `docker://${repository}:${image.tag}`, insecure };
      await copyWhole(skopeo, from, to, { name: repository, digest: image.digest, size: ofFolder });
      done.push({ key: image.key, reference: `${repository}@${image.digest}`, digest: image.digest });
    }
    return done;
  });
}

/**
 * Copies images from their registries into another.
 *
 * @param registry as parseRegistry gives it
 */
export async function mirrorImages(
  images: readonly PlacedImage[],
  registry: string,
  options: CopyOptions,
): Promise<readonly CopiedImage[]> {
  const { tell, signal, insecure = false, insecureSource = false } = options;
  return withSkopeo(signal, async (skopeo) => {
    const done: CopiedImage[] = [];
    for (const image of images) {
      const source = formatReference(image.reference);
      const repository = `${registry}/${image.place}`;
      tell(`mirroring ${source}`);
      const manifest = await skopeo.inspect(`docker://${source}`, insecureSource);
      const { digest } = manifest;
      const size = await sizeOf(skopeo, image, manifest, insecureSource);
      const from = { image: `docker://${pinned(image, digest)}`, insecure: insecureSource };
      const to = { image: `docker://${repository}:${tagOf(image)}`, insecure };
      await copyWhole(skopeo, from, to, { name: source, digest: image.reference.digest ?? digest, size });
      done.push({ key: image.key, reference: `${repository}@${digest}`, digest });
    }
    return done;
  });
}

/** @throws EDGE_COPY_DIGEST where another image has arrived */
async function copyWhole(
  skopeo: Skopeo,
  from: Place,
  to: Place,
  { name, digest, size }: { readonly name: string; readonly digest: string; readonly size: number },
): Promise<void> {
  const found = await skopeo.copy(from, to, name, size);
  if (found !== digest) throw imageCopyErrors.EDGE_COPY_DIGEST({ image: name, found, wanted: digest });
}

/** A folder ends, and its files have been looked at. */
const ofFolder = Number.POSITIVE_INFINITY;
const maxParts = 100;
const maxImageGiB = 64;

/**
 * Bytes of an image with all its platforms, as its manifests say.
 *
 * @throws EDGE_COPY_SIZE
 */
async function sizeOf(skopeo: Skopeo, image: PlacedImage, manifest: Manifest, insecure: boolean): Promise<number> {
  const name = formatReference(image.reference);
  const { parts } = manifest;
  if (parts.length > maxParts) throw tooLarge(name, `it leads to more than ${maxParts} images`);
  const ofParts = await mapConcurrently(
    parts,
    async (digest) => (await skopeo.inspect(`docker://${pinned(image, digest)}`, insecure)).size,
    4,
  );
  const size = parts.length === 0 ? manifest.size : ofParts.reduce((sum, one) => sum + one, 0);
  if (size === Number.POSITIVE_INFINITY) throw tooLarge(name, "its manifest does not say how large it is");
  if (size > maxImageGiB * 2 ** 30) throw tooLarge(name, `it has more than ${maxImageGiB} GiB, as its manifest says`);
  return size;
}

/** By digest, so that a tag that moves meanwhile does not matter. */
function pinned({ reference: { host, path } }: PlacedImage, digest: string): string {
  return `${host}/${path}@${digest}`;
}

function placeIn(directory: string, { layout, digest }: Pick<SavedImage, "layout" | "digest">): string {
  if (layout !== "oci") return `dir:${join(directory, layout)}`;
  return `oci:${directory}:${digest.replace(":", "-")}`;
}

async function withSkopeo<T>(signal: AbortSignal, work: (skopeo: Skopeo) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "edge-copy-"));
  try {
    return await work(await openSkopeo(join(directory, "digest"), signal));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function requireFree(out: string): Promise<void> {
  const { readdir, stat } = await import("node:fs/promises");
  const failed = (problem: string) => imageCopyErrors.EDGE_COPY_ARCHIVE({ file: out, problem });
  await mkdir(dirname(resolve(out)), { recursive: true });
  const status = await stat(out).catch(() => undefined);
  if (status === undefined) return;
  if (!status.isDirectory() || isArchive(out)) throw failed("it is there already");
  if ((await readdir(out)).length > 0) throw failed("it is there already, and not empty");
}

async function finish(folder: string, out: string, signal: AbortSignal): Promise<void> {
  if (isArchive(out)) return pack(folder, out, signal);
  const { chmod, rename, rmdir } = await import("node:fs/promises");
  await rmdir(out).catch(() => {});
  await rename(folder, out);
  await chmod(out, 0o755);
}
