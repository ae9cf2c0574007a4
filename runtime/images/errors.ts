import { defineErrors } from "#base";

/** Building and pushing images. */
export const imagesErrors = defineErrors({
  EDGE_IMAGES_PLATFORM: {
    message: "images are built on Linux, this machine is {platform}",
    cause: "The images hold the machine's own C library and Debian's HAProxy.",
    remedy: "Build on a Debian machine, or name images that were pushed to a registry in the file of `imagesFile`.",
  },
  EDGE_IMAGES_TOOL_MISSING: {
    message: "building images needs `{tool}`, which is not on PATH",
    cause: "A Debian package is not installed, and it can be installed here only as root with apt-get.",
    remedy: "Install it: apt-get install {package}",
  },
  EDGE_IMAGES_COMMAND_FAILED: {
    message: "`{command}` failed with exit code {status}: {output}",
    cause: "A program that builds the images reported an error.",
    remedy: "See the program's own message. Deleting {cache} starts from nothing.",
  },
  EDGE_IMAGES_PACKAGE_UNAVAILABLE: {
    message: "Debian package {name} is not available from this machine's package sources",
    cause: "The package lists are missing or old, or the machine has no Debian of release 12 or newer.",
    remedy: "Run `apt-get update` as root, or build on a Debian machine.",
  },
  EDGE_IMAGES_LIBRARY_MISSING: {
    message: "shared library {library}, which {program} needs, was not found",
    cause: "The library is in none of the packages or directories that are searched.",
    remedy: "Install the package that holds it, and build again.",
  },
  EDGE_IMAGES_BUNDLE_FAILED: {
    message: "the program {entry} cannot be bundled: {problems}",
    cause: "esbuild found an error in the source, or an import that it cannot resolve.",
    remedy: "Fix the named place; `npm ci` restores missing dependencies.",
  },
  EDGE_IMAGES_BUDGET: {
    message: "image {name} has {bytes} bytes unpacked, its budget is {budget}",
    cause: "Something large has come into the image, such as a new dependency.",
    remedy: "Leave it out, or raise the budget in runtime/images/catalog.ts and say why.",
  },
  EDGE_IMAGES_NO_SPACE: {
    message: "{directory} has {available} MB left, building images needs {needed} MB",
    cause: "The disk that holds the cache is full.",
    remedy: "Free some space, or put the cache elsewhere with EDGE_CACHE_DIR.",
  },
  EDGE_IMAGES_PUSH_FAILED: {
    message: "image {tag} cannot be pushed: {reason}",
    cause: "The registry cannot be reached, does not know the user, or does not let the user write there.",
    remedy:
      "Check the registry's name, log in with `buildah login`, and use --insecure where it has no trusted certificate.",
  },
  EDGE_IMAGES_UNKNOWN: {
    message: "there is no image {name}",
    cause: "The name after --only is not one of the images.",
    remedy: "Use one of: {names}.",
  },
  EDGE_IMAGES_INCOMPLETE: {
    message: "image {name} cannot be built: {entry} does not exist",
    cause: "The checkout is incomplete.",
    remedy: "Check the whole repository out.",
  },
  EDGE_IMAGES_FILE_INVALID: {
    message: "{path} is not a valid images file: {problems}",
    cause: "The file was written by hand, or by another version.",
    remedy: "Delete it and run `npx edgectl images build`.",
  },
});
