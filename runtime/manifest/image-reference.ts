import { limits } from "./limits.ts";
import { fixed, type Message, say } from "./message.ts";
import { placeholderIn, unfilled } from "./placeholders.ts";

/**
 * A reference that a registry can have: `[host[:port]/]path[:tag][@digest]`, by the grammar of the registries' own
 * implementation (github.com/distribution/reference).
 */
const reference = new RegExp(
  "^(?:(?:localhost|[\\w-]+(?:\\.[\\w-]+)+|[\\w-]+(?=:\\d)|\\[[0-9a-fA-F:]+\\])(?::\\d{1,5})?/)?" +
    "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*" +
    "(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$",
);
/** Where a device that is below another one gets its images from. */
const parent = /^\$upstream[:/]/;

/** Why no registry can have the image; undefined when one can. Reads on from the reference. */
export function imageProblem(image: string): Message | undefined {
  if (image.length > limits.image.most) return say`has more than ${fixed(limits.image.most)} characters`;
  if (reference.test(image)) return undefined;
  if (parent.test(image)) return fixed("is to come from the device above, which an installation does not have");
  const placeholder = placeholderIn(image);
  if (placeholder !== undefined) return unfilled(placeholder);
  const [path = ""] = image.split(/[@]|:(?!.*\/)/);
  if (reference.test(image.toLowerCase()) && path !== path.toLowerCase())
    return fixed("has capitals, which registries do not take");
  return fixed("is not an image reference");
}

/** `latest` also beside a platform or a version, and what is called like a branch or a channel. */
const moving = /(?:^|[-._])latest(?:$|[-._])|^(?:dev|develop|edge|main|master|nightly|rolling|stable)$/i;

/** Whether the reference names no version, so that the image behind it changes. */
export function hasMovingTag(image: string): boolean {
  if (image.includes("@")) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || moving.test(tag);
}
