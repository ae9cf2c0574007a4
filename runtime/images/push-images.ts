import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltImage } from "./build-images.ts";
import type { BuildContext } from "./context.ts";
import { openImageStorage } from "./image-storage.ts";

export interface PushOptions {
  /** Registry and path, such as `registry.example.com/team`. */
  readonly registry: string;
  /** Speak plain HTTP, or HTTPS with a certificate that is not verified. */
  readonly insecure: boolean;
}

/** An image as it is in the registry. */
export interface PushedImage {
  readonly name: BuiltImage["name"];
  /** `REGISTRY/NAME@sha256:DIGEST`: what was pushed, whatever happens to its tag. */
  readonly reference: string;
  readonly tag: string;
}

/**
 * Pushes images with the credentials that buildah finds, such as those of `buildah login`.
 *
 * @throws EDGE_IMAGES_COMMAND_FAILED when the registry cannot be reached or refuses
 */
export async function pushImages(
  { toolbox, cache }: BuildContext,
  images: readonly BuiltImage[],
  { registry, insecure }: PushOptions,
): Promise<readonly PushedImage[]> {
  await using temporary = await cache.temporary();
  const storage = await openImageStorage(toolbox, temporary);
  const pushed: PushedImage[] = [];
  for (const { name, reference, archive } of images) {
    const repository = `${registry.replace(/\/+$/, "")}/${name}`;
    const tag = `${repository}${reference.slice(reference.lastIndexOf(":"))}`;
    const digestFile = join(temporary.path, `${name}.digest`);
    toolbox.say(`pushing ${tag}`);
    await storage.buildah(["pull", "--quiet", `docker-archive:${archive}`]);
    await storage.buildah([
      ...["push", "--quiet", `--tls-verify=${!insecure}`, "--digestfile", digestFile],
      ...[reference, `docker://${tag}`],
    ]);
    const digest = (await readFile(digestFile, "utf8")).trim();
    pushed.push({ name, reference: `${repository}@${digest}`, tag });
  }
  return pushed;
}
