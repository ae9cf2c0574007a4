import { defineErrors } from "#base";

/** Making a new project. */
export const newProjectErrors = defineErrors({
  EDGE_INIT_NAME: {
    message: "{option} {value} is not valid",
    cause: "Pulumi takes names of letters, digits, `-`, `_` and `.` only, and Kubernetes derives others from them.",
    remedy: "Choose another by {option}: 1 to 100 letters, digits, `-`, `_` and `.`, {first} first.",
  },
  EDGE_INIT_EXISTS: {
    message: "{directory} holds other content already, in {files}",
    cause: "A file that init would write is there. Nothing was written.",
    remedy: "Move these files away, or name another directory.",
  },
  EDGE_INIT_IMAGES: {
    message: "{file} is no list of images: {problem}",
    cause: "The file is missing, is no JSON, or lacks one of iotedged, edgeAgent, proxy.",
    remedy: "Name the file that `npx edgectl images push --registry REGISTRY` wrote in a checkout of pulumi-iotedge.",
  },
  EDGE_INIT_PACKAGE: {
    message: "{file} cannot be used: {problem}",
    cause: "It is no JSON object, or does not say that the program is an ECMAScript module.",
    remedy: 'Correct it, set `"type": "module"` in it, or name another directory.',
  },
  EDGE_INIT_UNWRITABLE: {
    message: "{file} cannot be written: {problem}",
    cause:
      "The directory is not yours to write, a file stands where a directory has to be or the other way round, or the disk is full.",
    remedy: "Name another directory, or correct this one and run the command again: it goes on where it ended.",
  },
});
