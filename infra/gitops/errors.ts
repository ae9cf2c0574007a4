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
  EDGE_GITOPS_RECIPIENT: {
    message: "recipient {position} of `--sops-age` is none of age",
    cause: "Keys are encrypted to public keys, which begin with age1. What was given is not shown: it may be secret.",
    remedy: "Give the public key of the cluster, which `age-keygen -y` prints.",
  },
  EDGE_GITOPS_SOPS_MISSING: {
    message: "there is no sops on this machine, and keys are not written in the clear",
    cause: "edgectl makes the keys and has sops encrypt them, as Flux decrypts them by it.",
    remedy:
      "Install sops 3.8 or newer so that it is on the PATH, and run the command again. Whoever only renders needs none: leave `--sops-age` out.",
  },
  EDGE_GITOPS_SOPS_FAILED: {
    message: "sops did not encrypt the keys, and nothing has been written: {problem}",
    cause: "What sops makes is looked at before it is written: all values of a Secret have to be encrypted.",
    remedy: "Run `sops --version`, which has to be 3.8 or newer, and look at the recipients of `--sops-age`.",
  },
  EDGE_GITOPS_KEYS_LOST: {
    message: "{directory} lacks encrypted keys that belong to those that are there: {files}",
    cause:
      "A key that is made anew is another one: modules would lose what they have encrypted, and the certificates of the old CA. So no key is made in the place of one that was there.",
    remedy:
      "Bring the files back from the repository's history. Where they shall be new, name new Secrets in `existingSecret`, and see docs/gitops.md for how installations move to them.",
  },
  EDGE_GITOPS_KEYS_PLAIN: {
    message: "{file} is no encrypted Secret: {problem}",
    cause:
      "The file would be committed and pushed. Perhaps somebody has decrypted it where it is, by `sops decrypt --in-place`.",
    remedy:
      "Encrypt it again by `sops encrypt --in-place`, or bring it back from the repository's history. A key that has been committed in the clear has to be replaced: docs/keys.md.",
  },
  EDGE_GITOPS_CA_NOT_TRUSTED: {
    message:
      "the workload CA in Secret {namespace}/{secret} is not among the CAs that modules trust, and nothing has been rendered",
    cause: "Modules would refuse what is issued from it.",
    remedy: "Add it to `trust.trustedCas` of the installation, and run the command again:\n{certificate}",
  },
  EDGE_GITOPS_REGISTRY: {
    message: "{reference}: {problem}",
    cause: "A registry cannot be reached, does not know the user, or has refused what was asked of it.",
    remedy:
      "Check the address in the fleet file, and log in with `skopeo login` (or docker login). A rollout tries again until progressDeadline.",
  },
  EDGE_GITOPS_ARTIFACT: {
    message: "{reference} cannot be read: {problem}",
    cause: "What a tag leads to must be an artifact for Flux with manifests, within the limits that edgectl reads.",
    remedy: "Name the tag that Flux follows, or push manifests to it as docs/gitops.md shows.",
  },
  EDGE_GITOPS_TOO_LARGE: {
    message: "the manifests have {bytes} bytes, and an artifact has {limit} at most",
    cause: "What is in a registry is read within limits, and what could not be read again is not published.",
    remedy: "Share the installations of the stack among several stacks, each with a tag of its own.",
  },
  EDGE_GITOPS_TOO_MANY_FILES: {
    message: "{directory} holds more than {limit} files",
    cause: "It is no folder of rendered manifests.",
    remedy: "Name another folder.",
  },
});
