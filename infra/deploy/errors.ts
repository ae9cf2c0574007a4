import { defineErrors } from "#base";

/** Deploying a stack, and taking it down. */
export const deployErrors = defineErrors({
  EDGE_APPLY_FIRST_ELSEWHERE: {
    message: "stack {stack} is being deployed for the first time from elsewhere, with other keys for {installations}",
    cause:
      "Two clones deploy the same stack at the same moment, and each has made keys of its own. Those of the first count; nothing of this deployment has reached the cluster.",
    remedy:
      "Wait until the other deployment has ended, take over its state (docs/state.md: pull what it commits, or share the state), and deploy again. Where it was interrupted and nobody has its keys: `npx edgectl down --stack {stack} {clusterOptions}`, then deploy again.",
  },
  EDGE_APPLY_FOREIGN_OBJECT: {
    message: "{count} objects exist already and do not belong to stack {stack}: {objects}",
    cause: "Something else made them: another stack, `pulumi up`, or a person.",
    remedy:
      "Where Pulumi has deployed the stack, deploy with `--engine pulumi`. Else rename the installation; `--adopt` takes over objects that belong to no other stack. What Flux or Argo CD deploys is changed in its repository: they undo what others do.",
  },
  EDGE_APPLY_FOREIGN_PARENT: {
    message: "ConfigMap {object} exists already and is not the record of stack {stack}",
    cause: "The record of what a stack has deployed needs this name, and something else has it.",
    remedy: "Delete or rename that ConfigMap.",
  },
  EDGE_APPLY_NOT_READY: {
    message: "not ready after {seconds} s:\n{waiting}",
    cause:
      "What is waited for may still come: a registry that is away, a node without room, a volume that is being made, a program that needs another.",
    remedy: "See the reasons above. To see the state: `{status}`. To wait again, longer by --timeout SECONDS: `{up}`",
  },
  EDGE_APPLY_FAILED: {
    message: "it will not become ready as it is:\n{failures}",
    cause:
      "Waiting longer helps nothing: EdgeAgent has refused the manifest, an image or a Secret does not exist, the namespace refuses pods, or a program ends again and again. docs/troubleshooting.md lists what is told apart, and how often it has to be seen.",
    remedy: "Do what the lines `fix` say. To see the state: `{status}`",
  },
  EDGE_APPLY_NOT_GONE: {
    message: "still there after {seconds} s: {objects}",
    cause: "A finalizer holds the object, a pod does not end, or somebody else makes it again.",
    remedy: "See to whoever is named in brackets; then run `npx edgectl down --stack STACK {clusterOptions}` again.",
  },
  EDGE_CLI_NO_CLUSTER: {
    message: "no cluster is named, and no local one runs",
    cause: "edgectl never uses the current context of a kubeconfig by itself.",
    remedy:
      "Name one by `--context NAME`, or in the stack by `iotedge:kubernetes`. In a checkout, `npx edgectl cluster up` starts a local one.",
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
    remedy: "Wait for the other operation; when there is none, release the lock by `{cancel}`",
  },
  EDGE_CLI_LIVE_CALL: {
    message: "module {module} in {namespace} has not signed: {problem}",
    cause: "The module, its proxy or iotedged does not work as it should.",
    remedy: "See `npx edgectl status {clusterOptions}` and the logs of the module's pod.",
  },
  EDGE_CLI_PASSPHRASE: {
    message: "{file} cannot be used: {problem}",
    cause: "The passphrase of the local Pulumi state is kept in this file, and it cannot be read or written.",
    remedy: "Make the file readable and writable for you alone, or set PULUMI_CONFIG_PASSPHRASE yourself.",
  },
});
