import { defineErrors } from "#base";

/** What every daemon needs. */
export const runtimeErrors = defineErrors({
  EDGE_RUNTIME_NODE_TOO_OLD: {
    message: "Node.js {version} is older than {floor}",
    cause: "Older versions of Node.js have known holes in TLS and HTTP that this program relies on.",
    remedy: "Run the image as it is built by this project, or Node.js {floor} or newer.",
  },
  EDGE_RUNTIME_FILE_UNREADABLE: {
    message: "file {path} cannot be read: {reason}",
    cause: "The ConfigMap or Secret that should be mounted there is missing, or is too large.",
    remedy: "Deploy the stack again, so that every object of the installation exists.",
  },
  EDGE_RUNTIME_SETTINGS_INVALID: {
    message: "settings in {path} are not valid: {problems}",
    cause: "The ConfigMap was edited by hand, or was written for another version of this program.",
    remedy: "Deploy the stack again with the version of the images that it names.",
  },
  EDGE_RUNTIME_ENVIRONMENT_MISSING: {
    message: "environment variable {name} is not set",
    cause: "The pod was not made from the template of this project.",
    remedy: "Deploy the stack again; outside a pod, set {name}.",
  },
});
