import { defineErrors } from "#base";

/** Rotation and revocation of roots. */
export const trustErrors = defineErrors({
  EDGE_TRUST_BLOCKED: {
    message: "the trust of stack {stack} waits after {seconds} s:\n{blockers}",
    cause: "A client has not loaded the new bundle, or a certificate of the old CA is still in use.",
    remedy:
      "See to what is listed and run the command again: it goes on where it stopped. `--force STEP --reason TEXT` goes on without.",
  },
  EDGE_TRUST_CONFLICT: {
    message: "{command} cannot go on in installation {installation}: {reason}",
    cause: "Another change of the installation's trust is under way, or it was made by hand.",
    remedy: "{remedy}",
  },
  EDGE_TRUST_NO_RETURN: {
    message: "the rotation of installation {installation} cannot be taken back: {reason}",
    cause: "Once the old root is out of the bundle, no client accepts certificates below it.",
    remedy:
      "Finish the rotation by `npx edgectl trust rotate --stack STACK {clusterOptions}`, and rotate once more if the new root is not wanted.",
  },
  EDGE_TRUST_ROOT_UNKNOWN: {
    message: "no installation of stack {stack} has a root {root}",
    cause: "The id is not in trust.roots of the stack's file.",
    remedy: "Use one of: {roots}.",
  },
  EDGE_TRUST_FLEET: {
    message: "the CAs of fleet {fleet} cannot be changed: {problem}",
    cause:
      "What is done to the CAs of a fleet is done to each cluster by a stack of its own, and to roots that its stacks have.",
    remedy: "{remedy}",
  },
  EDGE_TRUST_STACK_FILE: {
    message: "{file} cannot be changed: {problem}",
    cause:
      "edgectl edits trust.roots of an installation in the stack's file, and does not find it there as it expects.",
    remedy: "Write the roots into the file by hand, as docs/trust.md shows, and run the command again.",
  },
  EDGE_TRUST_RECORD: {
    message: "ConfigMap iotedged-trust of {namespace} cannot be read: {problem}",
    cause: "Somebody else has written it, or it is of another version.",
    remedy: "Delete it: iotedged writes it anew, and every module has to call once before a rotation goes on.",
  },
});
