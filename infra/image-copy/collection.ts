import type { Images } from "#contract";
import { imageCopyErrors } from "./errors.ts";
import { type ImageReference, parseReference, quoted } from "./reference.ts";

/** An image by the name that stacks and manifests have for it: `iotedged`, or `modules.web`. */
export interface NamedImage {
  readonly key: string;
  readonly reference: ImageReference;
}

/** An image with its place in a registry that takes several. */
export interface PlacedImage extends NamedImage {
  /** Below the registry. */
  readonly place: string;
}

const key = /^(iotedged|edgeAgent|proxy|modules\.[\w.$-]{1,128})$/;
const maxImages = 500;

/**
 * `modules.web=registry.example.com/web:1.0`
 *
 * @throws EDGE_COPY_REFERENCE
 */
export function parseNamedImage(text: string): NamedImage {
  const at = text.indexOf("=");
  return nameImage(text.slice(0, Math.max(at, 0)), text.slice(at + 1));
}

/** @throws EDGE_COPY_REFERENCE */
export function nameImage(name: string, reference: string): NamedImage {
  if (!key.test(name)) throw imageCopyErrors.EDGE_COPY_REFERENCE({ reference: quoted(`${name}=${reference}`) });
  return { key: name, reference: parseReference(reference) };
}

/**
 * Gives each image a place in the other registry: the last part of its path, or all of it where two would share that.
 *
 * @throws EDGE_COPY_NOTHING
 */
export function placeImages(images: readonly NamedImage[], problem: string): readonly PlacedImage[] {
  if (images.length === 0 || images.length > maxImages) {
    const found = images.length === 0 ? problem : `There are more than ${maxImages}.`;
    throw imageCopyErrors.EDGE_COPY_NOTHING({ problem: found });
  }
  const last = ({ reference: { path } }: NamedImage) => path.slice(path.lastIndexOf("/") + 1);
  const repositories = Map.groupBy(images, last);
  return images.map((image) => {
    const sharing = repositories.get(last(image)) ?? [];
    const { host, path } = image.reference;
    const isAlone = sharing.every(({ reference }) => reference.host === host && reference.path === path);
    return { ...image, place: isAlone ? last(image) : `${host.replace(/[:.]/g, "-").toLowerCase()}/${path}` };
  });
}

/** The tag that keeps an image from a registry's clean-up: its own, or one made of its digest. */
export function tagOf({ reference: { tag, digest } }: NamedImage): string {
  return tag ?? (digest === undefined ? "latest" : `sha256-${digest.slice("sha256:".length, "sha256:".length + 12)}`);
}

/** A list of images as stacks read it; undefined where one of the runtime's is missing. */
export function imageList(images: readonly { readonly key: string; readonly reference: string }[]): Images | undefined {
  const byKey = new Map(images.map(({ key: name, reference }) => [name, reference]));
  const [iotedged, edgeAgent, proxy] = ["iotedged", "edgeAgent", "proxy"].map((name) => byKey.get(name));
  if (iotedged === undefined || edgeAgent === undefined || proxy === undefined) return undefined;
  const modules = [...byKey].flatMap(([name, reference]) =>
    name.startsWith("modules.") ? [[name.slice("modules.".length), reference] as const] : [],
  );
  return { iotedged, edgeAgent, proxy, modules: Object.fromEntries(modules) };
}
