import { defineErrors } from "#base";

/** A stack's configuration. */
export const configErrors = defineErrors({
  EDGE_CONFIG_INVALID: {
    message: "the configuration of stack {stack} has {count}:\n{problems}",
    cause:
      "A key in the stack's file is unknown, missing, of the wrong type or outside what is allowed, or two keys contradict each other. All such problems are listed at once.",
    remedy: "Correct the listed keys in the stack's file; {example} shows every key.",
  },
  EDGE_CONFIG_REGISTRY: {
    message: "the password for registry {server} is not here: {problem}",
    cause:
      "Whoever deploys the stack needs it, since the Secret by which nodes fetch images is made of it. edgectl decrypts nothing that Pulumi has encrypted.",
    remedy:
      "In the stack's file, let `password` name a variable as docs/images.md shows, and set that where the stack is deployed; or deploy it by Pulumi.",
  },
  EDGE_CONFIG_IMAGES_MISSING: {
    message: "there is no image list {file}",
    cause:
      "The stack takes its image references from a file that `npx edgectl images build` writes, and it was not run yet.",
    remedy:
      "Name the images under `iotedge:images` in the stack's file, or run `npx edgectl images build` in a checkout of pulumi-iotedge.",
  },
});
