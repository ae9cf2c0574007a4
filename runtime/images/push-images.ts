import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltImage } from "./build-images.ts";
import type { BuildContext } from "./context.ts";
import { imagesErrors } from "./errors.ts";
import { openImageStorage } from "./image-storage.ts";

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
 * Pushes images with the credentials that buildah finds, such as those of `buildah login`.
 *
 * @throws EDGE_IMAGES_PUSH_FAILED when the registry cannot be reached or refuses
 */
export async function pushImages(
  { toolbox, cache }: BuildContext,
  images: readonly BuiltImage[],
  { registry, insecure }: PushOptions,
): Promise<readonly PushedImage[]> {
  await using temporary = await cache.temporary();
  const storage = await openImageStorage(toolbox, temporary);
  const pushed: PushedImage[] = [];
  for (const image of images) {
    const { name, reference, archive } = image;
    const repository = `${registry.replace(/\/+$/, "")}/${name}`;
    const tag = `${repository}${reference.slice(reference.lastIndexOf(":"))}`;
    const digestFile = join(temporary.path, `${name}.digest`);
    toolbox.say(`pushing ${tag}`);
    await storage.buildah(["pull", "--quiet", `docker-archive:${archive}`]);
    const options = ["--quiet", `--tls-verify=${!insecure}`, "--digestfile", digestFile];
    await storage.buildah(["push", ...options, reference, `docker://${tag}`]).catch((error: Error) => {
      const reason = error.message.trimEnd().split("\n").at(-1) ?? "";
      throw imagesErrors.EDGE_IMAGES_PUSH_FAILED({ tag, reason }, { cause: error });
    });
    const digest = (await readFile(digestFile, "utf8")).trim();
    pushed.push({ ...image, reference: `${repository}@${digest}`, tag });
  }
  return pushed;
}
