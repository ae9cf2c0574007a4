import { defineErrors } from "#base";

/** Running the program without Pulumi. */
export const renderErrors = defineErrors({
  EDGE_RENDER_NO_PROJECT: {
    message: "no Pulumi project in {directory}: {problem}",
    cause: "Pulumi.yaml is missing, is not YAML, or lacks `name` or `runtime`.",
    remedy: "Run the command in the project's directory, or repair {directory}/Pulumi.yaml.",
  },
  EDGE_RENDER_RUNTIME: {
    message: "the program of {directory} runs on {runtime}, and edgectl runs programs of nodejs alone",
    cause: "Pulumi.yaml names another `runtime`. edgectl runs the program itself, without Pulumi's language hosts.",
    remedy:
      "Deploy it by `pulumi up`, and compare its permissions by `npx edgectl rbac diff --preview FILE`, with a file of `pulumi preview --json --show-sames --stack STACK`.",
  },
  EDGE_RENDER_STACK_NAME: {
    message: 'stack name "{stack}" is not valid',
    cause:
      "A stack's name has 1 to 100 letters, digits, hyphens, underscores and periods, and starts with none of `.` and `-`.",
    remedy: "Pass a name such as `local` or `berlin-1`; the stacks are the files Pulumi.<stack>.yaml in {directory}",
  },
  EDGE_RENDER_STACK_MISSING: {
    message: 'there is no stack "{stack}" in {directory}',
    cause: "No file Pulumi.<stack>.yaml has that name.",
    remedy: "Use one of: {stacks}; or create {directory}/Pulumi.{stack}.yaml.",
  },
  EDGE_RENDER_STACK_INVALID: {
    message: "{file} is not a stack configuration: {problem}",
    cause: "The file is not YAML, is too large, or its `config` is not a map of `namespace:key` to values.",
    remedy: "Repair the file; see `config:` in Pulumi.yaml for the keys and their types.",
  },
  EDGE_RENDER_ENCRYPTED_CONFIG: {
    message: "{file}: the value of {keys} is encrypted",
    cause:
      "edgectl renders every stack before it deploys it, and decrypts nothing, so that no secret can reach a file or a log. Of what an installation takes only `iotedge:kubernetes.kubeconfig` and the passwords in `iotedge:registries` may be encrypted: rendering does not need them.",
    remedy:
      "Set the value without --secret, or take it out; a program that needs it is deployed by `pulumi up` itself.",
  },
  EDGE_RENDER_ENVIRONMENT: {
    message: "{file} imports Pulumi ESC environments",
    cause: "`environment:` is resolved by Pulumi Cloud, which the render engine does not call.",
    remedy: "Deploy this stack by `pulumi up`, or put the values into `config:`",
  },
  EDGE_RENDER_PROGRAM_MISSING: {
    message: "the program {file} cannot be loaded: {problem}",
    cause:
      "`main` in Pulumi.yaml names no module, the module fails while it is loaded, or it has no default export that is a function. `pulumi up` takes programs without one, edgectl does not.",
    remedy:
      "Correct the program: `main` in Pulumi.yaml names it, and it declares all in `export default async () => {}`.",
  },
  EDGE_RENDER_PACKAGE_MISSING: {
    message: "the program {file} cannot be loaded: package {package} is not installed",
    cause: "The packages that the program's package.json names are installed by npm, and git keeps none of them.",
    remedy:
      "Run `npm install` in the project's directory; `npm install {package}` where package.json does not name it.",
  },
  EDGE_RENDER_PROGRAM_FAILED: {
    message: "the program of stack {stack} failed: {problem}",
    cause: "The Pulumi program threw, or one of its resources could not be registered.",
    remedy: "See the message above; EDGE_DEBUG=1 prints the program's stack trace.",
  },
  EDGE_RENDER_UNSUPPORTED_RESOURCE: {
    message: "{urn}: resources of type {type} cannot be rendered",
    cause: "The render engine knows Kubernetes objects, the four resources of the tls provider, and components.",
    remedy: "Deploy the stack by `pulumi up`, or declare plain Kubernetes objects instead.",
  },
  EDGE_RENDER_UPDATE_REFUSED: {
    message: "{urn} may not be changed: {problem}",
    cause:
      "The program has a check of its own on this resource, and it objects to the change from what was rendered last.",
    remedy: "Take the change back, or in steps as the message says.",
  },
  EDGE_RENDER_UNSUPPORTED_OPERATION: {
    message: "{operation} of {target} cannot be rendered",
    cause:
      "Function calls, imports and reads of existing resources need a provider and a cluster; rendering has neither.",
    remedy: "Deploy the stack by `pulumi up`, or pass the value by the stack's configuration.",
  },
  EDGE_RENDER_UNSUPPORTED_VALUE: {
    message: "{urn}: {path} is {kind}",
    cause: "A Kubernetes object holds plain values only.",
    remedy: "Pass a string, number, boolean, list or map.",
  },
  EDGE_RENDER_DUPLICATE_URN: {
    message: "{urn} is registered twice",
    cause: "Two resources of one type have the same name and the same parent.",
    remedy: "Give one of them another name.",
  },
  EDGE_RENDER_DUPLICATE_OBJECT: {
    message: "{object} is declared twice: by {first} and by {second}",
    cause: "Two resources describe the same object of the cluster, so each deployment would undo the other.",
    remedy: "Give one of them another name or namespace.",
  },
  EDGE_RENDER_NAME_MISSING: {
    message: "{urn} has no metadata.name",
    cause: "Pulumi would invent a random name; a rendered object must have the same name every time.",
    remedy: "Set metadata.name.",
  },
  EDGE_RENDER_DEFAULT_PROVIDER: {
    message: "{urn} uses the default provider of {package}",
    cause: "The stack forbids it by `pulumi:disable-default-providers`.",
    remedy: "Pass a provider in the resource's options, or in those of its parent.",
  },
  EDGE_RENDER_SECRET_IN_CONFIGMAP: {
    message: "{urn}: {path} is secret and would be readable in a ConfigMap",
    cause:
      "A secret value, or one that was computed from a secret, flows into a ConfigMap, where it is stored in plain text.",
    remedy: "Put the value into a Secret; if it is public after all, wrap it in pulumi.unsecret.",
  },
  EDGE_RENDER_UNKNOWN_VALUE: {
    message: "{urn}: {path} is not known before the stack is deployed",
    cause: "Only a preview may have unknown values.",
    remedy: "Take the value from the configuration; `npx edgectl render --stack STACK` shows where it goes.",
  },
  EDGE_RENDER_TLS_INPUT: {
    message: "{urn}: {problem}",
    cause: "An argument of a tls resource is missing or has no valid value.",
    remedy: "Correct the argument; the documentation of @pulumi/tls lists the values.",
  },
  EDGE_RENDER_STATE_INVALID: {
    message: "{file} is not a state file of this project: {problem}",
    cause: "The file that keeps the stack's keys and certificates is damaged, or was written by a newer version.",
    remedy:
      "Restore it from a backup, or use a newer edgectl. Do not delete it: it has the keys of CAs that modules trust, and new ones would be refused.",
  },
  EDGE_RENDER_STATE_UNWRITABLE: {
    message: "{file} cannot be written: {problem}",
    cause: "The directory is not writable, or the disk is full.",
    remedy: "Make the directory writable, or name another one; keys that were made are lost, run the command again.",
  },
  EDGE_RENDER_STATE_CONFLICT: {
    message: "{file} was changed by another run at the same time",
    cause: "Two commands made keys for the same stack at once; this one wrote nothing.",
    remedy:
      "Run the command again. Where a file on this machine keeps them and no other command runs, delete {file}.lock.",
  },
});
