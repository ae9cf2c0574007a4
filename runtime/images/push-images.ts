import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltImage, Sbom } from "./build-images.ts";
import type { BuildContext } from "./context.ts";
import { imagesErrors } from "./errors.ts";
import { requireTools } from "./host-tools.ts";
import { startLayout, writeBlob, writeLayoutIndex } from "./image-archive.ts";
import { sbomReferrer } from "./oci-image.ts";

export interface PushOptions {
  /** Registry and path, such as `registry.example.com/team`. */
  readonly registry: string;
  /** Speak plain HTTP, or HTTPS with a certificate that is not verified. */
  readonly insecure: boolean;
}

/** An image that is in a registry: its reference is `REGISTRY/NAME@sha256:DIGEST`, whatever happens to its tag. */
export interface PushedImage extends BuiltImage {
  /** The tag that it was pushed under, `REGISTRY/NAME:TAG`. */
  readonly tag: string;
}

/**
 * Pushes images with the credentials that skopeo finds, such as those of `skopeo login`.
 *
 * @throws EDGE_IMAGES_PUSH_FAILED when the registry cannot be reached or refuses
 */
export async function pushImages(
  context: BuildContext,
  images: readonly BuiltImage[],
  { registry, insecure }: PushOptions,
): Promise<readonly PushedImage[]> {
  const { toolbox, cache } = context;
  await requireTools(toolbox, ["skopeo"]);
  await using temporary = await cache.temporary();
  const pushed: PushedImage[] = [];
  for (const image of images) {
    const { name, reference, archive, digest } = image;
    const repository = `${registry.replace(/\/+$/, "")}/${name}`;
    const version = reference.slice(reference.lastIndexOf(":") + 1);
    const tag = `${repository}:${version}`;
    toolbox.say(`pushing ${tag} (${image.platforms.join(", ")})`);
    const layout = join(temporary.path, name);
    await mkdir(layout);
    await toolbox.run("tar", ["--extract", "--file", archive, "--directory", layout]);
    await pushLayout(context, `${layout}:${version}`, tag, digest, insecure);
    for (const sbom of image.sboms) await pushSbom(context, sbom, repository, insecure);
    pushed.push({ ...image, reference: `${repository}@${digest}`, tag });
  }
  return pushed;
}

/** Copies what an OCI layout holds, with all platforms and the digest that it has. */
async function pushLayout(
  { toolbox, cache }: BuildContext,
  layout: string,
  tag: string,
  digest: string,
  insecure: boolean,
): Promise<void> {
  await using temporary = await cache.temporary();
  const digestFile = join(temporary.path, "digest");
  const keep = ["--all", "--preserve-digests", "--digestfile", digestFile];
  // What was made here needs no signature of somebody else, and a machine without a policy refuses everything.
  const copy = ["--insecure-policy", "copy", "--quiet", ...keep, `--dest-tls-verify=${!insecure}`];
  const failed = (reason: string, cause?: unknown) => imagesErrors.EDGE_IMAGES_PUSH_FAILED({ tag, reason }, { cause });
  await toolbox.run("skopeo", [...copy, `oci:${layout}`, `docker://${tag}`]).catch((error: Error) => {
    throw failed(error.message.trimEnd().split("\n").at(-1) ?? "", error);
  });
  const arrived = (await readFile(digestFile, "utf8")).trim();
  if (arrived !== digest) throw failed(`${arrived} has arrived in place of ${digest}`);
}

/**
 * Attaches an SBOM to the manifest that it is about, for registries with the API of referrers and for those without: by
 * the tag that stands for the manifest's referrers there.
 */
async function pushSbom(
  context: BuildContext,
  { file, subject }: Sbom,
  repository: string,
  insecure: boolean,
): Promise<void> {
  await using temporary = await context.cache.temporary();
  const layout = join(temporary.path, "layout");
  const { index, blobs } = sbomReferrer(await readFile(file), subject);
  await startLayout(layout);
  for (const blob of [index, ...blobs]) await writeBlob(layout, blob);
  await writeLayoutIndex(layout, index.descriptor);
  const tag = subject.digest.replace(":", "-");
  await pushLayout(context, layout, `${repository}:${tag}`, index.descriptor.digest, insecure);
}
