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
      "The root in the cluster works. Its key is in the state of whoever has deployed the stack: in .edge/state on another machine, in a commit of `state/` that is not here, or in Pulumi's state. With the key that is here, every certificate in use would be refused.",
    remedy:
      "Deploy from where the state is, take over what others have committed, or bring .edge/state here and move it where all have it by `npx edgectl state init`; a stack that Pulumi has deployed is deployed with `--engine pulumi`. Replace no root because of this. docs/trust.md tells what to do when the state is lost.",
  },
});
