import { defineErrors } from "#base";

/** Making a new project. */
export const newProjectErrors = defineErrors({
  EDGE_INIT_NAME: {
    message: "{option} {value} is not valid: {problem}",
    cause: "Pulumi takes names of letters, digits, `-`, `_` and `.` only, and Kubernetes derives others from them.",
    remedy: "Choose another by {option}.",
  },
  EDGE_INIT_EXISTS: {
    message: "{directory} holds other content already, in {files}",
    cause: "A file that init would write is there. Nothing was written.",
    remedy: "Move these files away, or name another directory.",
  },
  EDGE_INIT_IMAGES: {
    message: "{file} is no list of images: {problem}",
    cause: "The file is missing, is no JSON, or lacks one of iotedged, edgeAgent, proxy.",
    remedy: "Name the file that `edgectl images push` wrote in a checkout of pulumi-iotedge.",
  },
  EDGE_INIT_PACKAGE: {
    message: "{file} cannot be used: {problem}",
    cause: "The program is an ECMAScript module, which package.json has to say.",
    remedy: 'Set `"type": "module"` in it, or name another directory.',
  },
});
