import { defineErrors } from "#base";

/** Manifests for GitOps. */
export const gitopsErrors = defineErrors({
  EDGE_GITOPS_KEYS: {
    message: "stack {stack} makes keys, and manifests for GitOps hold none: {keys}",
    cause:
      "What is in a repository can be read by everyone who may read the repository, and keys that are made while rendering would be others on each machine. Keys stay in the cluster, in Secrets that are made there.",
    remedy: "Write in the configuration of stack {stack}: {options}. docs/gitops.md shows how the Secrets are made.",
  },
  EDGE_GITOPS_SECRETS: {
    message: "stack {stack} has secret values, and manifests for GitOps hold none: {secrets}",
    cause: "What is in a repository can be read by everyone who may read the repository.",
    remedy:
      "Write in the configuration of stack {stack}, or in the program: {options}. docs/gitops.md shows how such Secrets come into the cluster.",
  },
  EDGE_GITOPS_FOREIGN: {
    message: "{file} was not written by `edgectl render --gitops`, and nothing has been changed",
    cause:
      "The folder holds a file of that name, or another kustomization, and a folder has one kustomization only. edgectl overwrites and deletes nothing but files that it wrote itself.",
    remedy: "Name a folder that nobody else writes to, or move the file away.",
  },
  EDGE_GITOPS_OTHER_OWNER: {
    message: "{directory} is the folder of {owner}, and nothing has been changed",
    cause: "A folder holds the manifests of one stack: those of the other one would be deleted.",
    remedy: "Name another folder, or delete this one's files if they are no longer wanted.",
  },
  EDGE_GITOPS_PUSH_TARGET: {
    message: "the manifests cannot be pushed to {target}: {problem}",
    cause: "Flux takes artifacts by a tag, and by the digest that the registry has for it.",
    remedy: "Name a repository and a tag, such as oci://registry.example.com/fleet/factory-3:stable.",
  },
  EDGE_GITOPS_TOO_MANY_FILES: {
    message: "{directory} holds more than {limit} files",
    cause: "It is no folder of rendered manifests.",
    remedy: "Name another folder.",
  },
});
