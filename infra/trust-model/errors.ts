import { defineErrors } from "#base";

/** Steps of roots that would break trust. */
export const trustModelErrors = defineErrors({
  EDGE_TRUST_STEP_SKIPPED: {
    message: "the trust of installation {installation} cannot go from {deployed} to {declared}: {reason}",
    cause:
      "Certificates that are in use would have no CA in the trust bundle, or a CA would sign before its clients know it.",
    remedy: "{remedy}",
  },
  EDGE_TRUST_BUNDLE: {
    message: "the trust bundle of {namespace} cannot be deployed: {reason}",
    cause: "A certificate in it is no CA, is there twice or cannot be read, or all of them have ended.",
    remedy: "Correct trust.trustedCas in the stack's file; where a root has ended, deploy the stack to renew it.",
  },
  EDGE_TRUST_OTHER_KEY: {
    message: "root {root} of installation {installation} has another key here than in the cluster",
    cause:
      "The state that has the root's key is on another machine, or lost. Every certificate in use would be refused with the new key.",
    remedy:
      "Deploy from where .edge/state of the stack is, or bring it here. If it is lost for good, `edgectl trust revoke-root {root}` replaces the root, and says what that breaks.",
  },
});
