import { defineErrors } from "#base";

/** Images on their way between registries and files. */
export const imageCopyErrors = defineErrors({
  EDGE_COPY_TOOL_MISSING: {
    message: "copying images needs `{tool}`, which is not on PATH",
    cause: "edgectl leaves registries, credentials and formats of images to skopeo, and archives to tar.",
    remedy: "Install it: apt-get install {tool}, dnf install {tool}, or brew install {tool}",
  },
  EDGE_COPY_REFERENCE: {
    message: "{reference} is no reference of an image",
    cause:
      "An image is REGISTRY/PATH:TAG or REGISTRY/PATH@sha256:DIGEST, and what stands before it with --image is its key.",
    remedy: "Correct it, such as --image modules.web=registry.example.com/web:1.0",
  },
  EDGE_COPY_REGISTRY: {
    message: "{registry} is no registry",
    cause:
      "A registry is HOST or HOST:PORT, with a path where it has one: no `https://`, no user, no password, no tag.",
    remedy:
      "Write it such as registry.example.com:5000/iotedge. Credentials are those of `skopeo login` (or docker login).",
  },
  EDGE_COPY_NOTHING: {
    message: "there is no image to copy",
    cause: "{problem}",
    remedy: "Name a stack by --stack, a list of images by --from, or single images by --image KEY=REFERENCE.",
  },
  EDGE_COPY_FAILED: {
    message: "image {image} cannot be copied: {problem}",
    cause: "A registry cannot be reached, does not know the user or the image, or the disk is full.",
    remedy:
      "Check the name, log in with `skopeo login` (or docker login), and use --insecure for a registry without a trusted certificate. What has arrived stays; run the command again.",
  },
  EDGE_COPY_SIZE: {
    message: "image {image} is not copied: {problem}",
    cause:
      "A manifest says how large an image is. One that does not, that says more than can be meant, or whose registry sends more than it says, could fill the disk of this machine and of the registry it is copied to.",
    remedy: "See who runs that registry, and name the image by the digest that its maker tells.",
  },
  EDGE_COPY_DIGEST: {
    message: "image {image} has digest {found}, and should have {wanted}",
    cause: "Something on the way has changed it, or somebody has moved its tag meanwhile.",
    remedy: "Name the image by its digest, and run the command again.",
  },
  EDGE_COPY_ARCHIVE: {
    message: "{file} cannot be used: {problem}",
    cause: "It is not what `edgectl images save` has written, is damaged, or is there already.",
    remedy: "Name another file, or save the images again.",
  },
});
