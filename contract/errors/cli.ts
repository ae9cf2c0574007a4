import { defineErrors } from "./edge-error.ts";

/** Errors of edgectl. */
export const cliErrors = defineErrors({
  EDGE_CLI_DEPENDENCIES: {
    message: "npm ci failed",
    cause: "npm is older than 11, or no package registry can be reached.",
    remedy: "See npm's message above; npm 11 or newer and a package registry are needed.",
  },
  EDGE_CLI_USAGE: {
    message: "{problem}",
    cause: "A command, an option or its value is not what edgectl knows.",
    remedy: "See `edgectl {command}--help`",
  },
  EDGE_CLI_NO_CLUSTER: {
    message: "no cluster is named, and no local one runs",
    cause: "edgectl never uses the current context of a kubeconfig by itself.",
    remedy: "Start a local cluster by `edgectl cluster up`, or name one by `--context NAME`",
  },
  EDGE_CLI_CONTEXT_CONFLICT: {
    message: "stack {stack} names the context {own}, the command names {given}",
    cause: "Deploying a stack to a cluster that it was not made for is most often a mistake.",
    remedy: "Leave --context out, or change `iotedge:kubernetes` in the stack's file.",
  },
  EDGE_CLI_KUBECONFIG_CONTENT: {
    message: "stack {stack} holds the content of a kubeconfig",
    cause:
      "Only `pulumi up` can use credentials that are part of the configuration; edgectl looks into the cluster, too.",
    remedy: "Pass --kubeconfig FILE, a file that has the stack's context; or name its path in `iotedge:kubernetes`",
  },
  EDGE_CLI_NO_PULUMI: {
    message: "there is no `pulumi` on the PATH",
    cause: "`--engine pulumi` needs the Pulumi CLI.",
    remedy: "Install it from https://www.pulumi.com/docs/install, or use `--engine render`",
  },
  EDGE_CLI_PULUMI_FAILED: {
    message: "`pulumi {command}` ended with code {code}",
    cause: "The Pulumi CLI reported an error.",
    remedy: "See its output above.",
  },
  EDGE_CLI_PULUMI_LOCKED: {
    message: "the stack is locked by {holder}",
    cause: "Somebody else runs Pulumi on this stack, or an operation was killed elsewhere and has left its lock.",
    remedy: "Wait for the other operation; when there is none, release the lock by `pulumi cancel`",
  },
  EDGE_CLI_IMAGES_FAILED: {
    message: "images {command} ended with code {code}: {output}",
    cause: "An image could not be built or pushed.",
    remedy: "See the message of the image builder; `edgectl images {command}` repeats this step alone.",
  },
  EDGE_CLI_LIVE_CALL: {
    message: "module {module} in {namespace} has not signed: {problem}",
    cause: "The module, its proxy or iotedged does not work as it should.",
    remedy: "See `edgectl status` and the logs of the module's pod.",
  },
  EDGE_CLI_PASSPHRASE: {
    message: "{file} cannot be used: {problem}",
    cause: "The passphrase of the local Pulumi state is kept in this file, and it cannot be read or written.",
    remedy: "Make the file readable and writable for you alone, or set PULUMI_CONFIG_PASSPHRASE yourself.",
  },
  EDGE_CLI_OUTPUT: {
    message: "{file} cannot be written: {problem}",
    cause: "The directory is not writable, or the disk is full.",
    remedy: "Make room or choose another directory; what was written before stays.",
  },
});
