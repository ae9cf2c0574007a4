import { defineErrors } from "#base";

/** Commands that belong to no other room. */
export const edgectlErrors = defineErrors({
  EDGE_CLI_DEPENDENCIES: {
    message: "npm ci failed",
    cause: "npm is older than 11, or no package registry can be reached.",
    remedy: "See npm's message above; npm 11 or newer and a package registry are needed.",
  },
  EDGE_CLI_CHECKOUT_ONLY: {
    message: "edgectl {command} builds what the npm package does not hold",
    cause: "Images and the local cluster are compiled from the project's source.",
    remedy:
      "Run it in a checkout of pulumi-iotedge. To deploy to a cluster of yours: `npx edgectl up --stack STACK --context CONTEXT`.",
  },
  EDGE_CLI_NODE: {
    message: "the node on the PATH is {version}, but this checkout needs {floor} or newer",
    cause:
      "Pulumi runs the program and the policy pack with the node on the PATH. edgectl itself uses the one that npm ci installs.",
    remedy: 'npm ci installs one: export PATH="$PWD/node_modules/.bin:$PATH"',
  },
  EDGE_CLI_CLUSTER_TOOL_MISSING: {
    message: "there is no `{program}` on the PATH to load images into {cluster}",
    cause: "The context's name is one of {cluster}, whose nodes get images by its own program.",
    remedy:
      "Run the command where {cluster} was installed, or push the images by `--registry`; a cluster of another kind needs a context of another name.",
  },
  EDGE_CLI_IMAGE_NOT_LOADED: {
    message: "`{command}` ended with code {code}: {output}",
    cause: "The cluster's program could not load {archive}.",
    remedy:
      "See its output: the cluster may not run, or the program may need root. `--registry` pushes images instead.",
  },
  EDGE_CLI_IMAGES_FAILED: {
    message: "images {command} ended with code {code}: {output}",
    cause: "An image could not be built or pushed.",
    remedy: "See the message of the image builder, and run the command again.",
  },
});
