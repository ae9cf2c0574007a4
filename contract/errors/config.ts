import { defineErrors } from "./edge-error.ts";

/** Errors of the stack's configuration and of the component that it is handed to. */
export const configErrors = defineErrors({
  EDGE_CONFIG_INVALID: {
    message: "the configuration of stack {stack} has {count}:\n{problems}",
    cause:
      "A key in the stack's file is unknown, missing, of the wrong type or outside what is allowed, or two keys contradict each other. All such problems are listed at once.",
    remedy: "Correct the listed keys in the stack's file; stacks/Pulumi.example.yaml shows every key.",
  },
  EDGE_CONFIG_IMAGES_MISSING: {
    message: "there is no image list {file}",
    cause:
      "The stack takes its image references from a file that `edgectl images build` writes, and it was not run yet.",
    remedy: "Run `edgectl images build`, or name the images under `iotedge:images` in the stack's file.",
  },
  EDGE_INSTALLATION_TRUST: {
    message: "trust.{field} of installation {installation} is {value}, but must be {allowed}",
    cause:
      "With such periods a certificate would be replaced by every deployment, or would outlive the authority that signed it.",
    remedy: "{remedy}",
  },
  EDGE_INSTALLATION_SECRET: {
    message:
      "`{field}` of installation {installation} is a secret, but would be readable by everyone who may read its namespace",
    cause:
      "What a ConfigMap holds is not secret. Pulumi marks a value as secret, the cluster would show it in plain text.",
    remedy: "Keep the secret in a Kubernetes Secret and let the module mount it, or pass a plain value.",
  },
});
