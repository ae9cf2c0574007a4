import { defineErrors } from "#base";

/** Building and pushing images. */
export const imagesErrors = defineErrors({
  EDGE_IMAGES_PLATFORM: {
    message: "images are built on Linux, this machine is {platform}",
    cause: "The images are made from Debian's packages by tools of Debian.",
    remedy:
      "Build on Debian or Ubuntu, or by docker, podman or buildah from runtime/images/Containerfile, or name images that were pushed to a registry in the file of `imagesFile`.",
  },
  EDGE_IMAGES_FILES_PLATFORM: {
    message: "files of images for several platforms do not go into one directory, {directory}",
    cause: "--files writes the files of an image as they are in a container of one platform.",
    remedy: "Give --platform one platform, and run the command once for each.",
  },
  EDGE_IMAGES_PLATFORM_UNKNOWN: {
    message: "images are not built for {platform}",
    cause: "The name is not that of a platform, or the machine is of another kind.",
    remedy: "Give --platform one or more of: {platforms}.",
  },
  EDGE_IMAGES_ARCHITECTURE: {
    message: "{path} of an image for {architecture} is for another machine (ELF {machine})",
    cause: "A part of the cache is not what its name says, or a program was built on this machine.",
    remedy: "Empty the cache of images and build again; report it if it stays.",
  },
  EDGE_IMAGES_KEYRING_MISSING: {
    message: "{file} does not exist",
    cause: "The keys by which Debian signs its packages are not on this machine.",
    remedy: "Install them: apt-get install debian-archive-keyring",
  },
  EDGE_IMAGES_HASH: {
    message: "{file} has SHA-256 {got}, not {sha256}",
    cause: "It was damaged or exchanged on its way, or the lock file was written by hand.",
    remedy: "Try again, by another mirror (EDGE_DEBIAN_MIRROR) if it stays; do not use what was downloaded.",
  },
  EDGE_IMAGES_LOCK_INVALID: {
    message: "{path} is no lock file of packages: {problem}",
    cause: "It was changed by hand, or comes from another version.",
    remedy: "Restore it from git, or write it anew: npx edgectl images update",
  },
  EDGE_IMAGES_LOCK_NODE: {
    message: "the lock file has Node {locked}, package.json {version}",
    cause: "Node was updated in package.json alone.",
    remedy: "Run `npx edgectl images update`, and commit the lock file with package.json.",
  },
  EDGE_IMAGES_LOCK_UNAVAILABLE: {
    message: "the mirror has no longer, for {platform}: {names}",
    cause: "Debian has replaced the packages, as by a fix, and a mirror keeps the newest alone.",
    remedy:
      "Run `npx edgectl images update` and commit the lock file; or build the old ones from a snapshot of Debian, which EDGE_DEBIAN_MIRROR and EDGE_DEBIAN_SECURITY_MIRROR name.",
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
    message: "Debian package {name} is not available from the mirror of Debian 12",
    cause: "The mirror cannot be reached, or does not have this release.",
    remedy: "Try again, or name another mirror by EDGE_DEBIAN_MIRROR and EDGE_DEBIAN_SECURITY_MIRROR.",
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
  EDGE_IMAGES_LICENCE_MISSING: {
    message: "the licence of {name}, which an image holds, was not found",
    cause: "The package has no copyright file, or no licence in its package.json and beside it.",
    remedy: "Find out under which licence it may be passed on, or leave it out.",
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
      "Check the registry's name, log in with `skopeo login` or `docker login`, and use --insecure where it has no trusted certificate.",
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
