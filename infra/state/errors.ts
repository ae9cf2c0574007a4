import { defineErrors } from "#base";

/** State that a team shares. */
export const stateErrors = defineErrors({
  EDGE_STATE_SETTINGS: {
    message: "{file} does not say where the state is kept: {problem}",
    cause: "The file was changed by hand, was merged badly, or was written by a newer version.",
    remedy: "Take it from the repository's history, or correct it: docs/state.md shows one.",
  },
  EDGE_STATE_NOT_SHARED: {
    message: "the state of this project is not shared: there is no {file}",
    cause: "Each machine keeps the keys of its stacks in .edge/state, until the state is moved to where a team has it.",
    remedy: "Move it: `npx edgectl state init`, on the machine that has deployed the stacks.",
  },
  EDGE_STATE_SHARED_ALREADY: {
    message: "the state of this project is kept in {place} already",
    cause: "It was moved there before; {file} says so.",
    remedy:
      "For other recipients: `npx edgectl state rekey`. To keep it elsewhere, write backups by `npx edgectl state backup --stack STACK --out FILE`, remove {file}, run init again, and restore them.",
  },
  EDGE_STATE_NO_IDENTITY: {
    message: "{place} is encrypted, and this machine has no key that could open it",
    cause:
      "Neither $EDGE_AGE_KEY nor $EDGE_AGE_KEY_FILE is set, and there is no {file}. Without the stack's keys other CAs would be made, which no module trusts; so nothing was done.",
    remedy:
      "Make a key by `npx edgectl state key`, and let a colleague who can open the state add what it prints: `npx edgectl state rekey --add NAME=RECIPIENT`. In a pipeline, set EDGE_AGE_KEY to the key of a recipient.",
  },
  EDGE_STATE_NOT_A_RECIPIENT: {
    message: "{place} is not encrypted for the keys of this machine, which belong to {recipients}",
    cause:
      "It is encrypted for others. Without the stack's keys other CAs would be made, which no module trusts; so nothing was done.",
    remedy:
      "Let a colleague who can open the state run `npx edgectl state rekey --add NAME=RECIPIENT`, and take over what that has changed.",
  },
  EDGE_STATE_IDENTITY: {
    message: "{source} holds no age key that can be used: {problem}",
    cause: "It is not what `age-keygen` or `npx edgectl state key` writes: lines that begin with AGE-SECRET-KEY-.",
    remedy: "Correct it, or name another one by EDGE_AGE_KEY_FILE.",
  },
  EDGE_STATE_RECIPIENT: {
    message: "{recipient} is no recipient",
    cause: "A recipient is the public half of an age key, with or without a name before it: ada=age1...",
    remedy:
      "Use what `npx edgectl state key` or `age-keygen -y` prints. A key that begins with AGE-SECRET-KEY- is secret.",
  },
  EDGE_STATE_RECIPIENT_UNKNOWN: {
    message: "{recipient} is not among the recipients",
    cause: "The state is encrypted for: {recipients}.",
    remedy: "Name one of them, by its name or its key.",
  },
  EDGE_STATE_LOCKED_OUT: {
    message: "with these recipients nobody on this machine could open the state any more",
    cause:
      "None of them belongs to a key of this machine, so that nobody could see whether what was written can be read.",
    remedy: "Keep one of yours among them, or let somebody else remove it.",
  },
  EDGE_STATE_DAMAGED: {
    message: "{place} cannot be opened: {problem}",
    cause: "It was cut off, merged, or changed, or it is no age file.",
    remedy:
      "Take it from the repository's history, or bring a backup back: `npx edgectl state restore FILE --stack STACK`. Nothing that holds keys needs to go for that.",
  },
  EDGE_STATE_FOREIGN: {
    message: "{place} holds the state of {found}, not of {wanted}",
    cause: "A file was renamed, or copied from another stack or project. With it, other CAs would be deployed.",
    remedy: "Take the right file from the repository's history.",
  },
  EDGE_STATE_ELSEWHERE: {
    message: "namespace {namespace} of cluster {context} does not keep the state of this project",
    cause:
      "Secret {secret}, by which `state init` has marked the namespace, is not there or belongs to another project: the context may name another cluster on this machine.",
    remedy: "Let context {context} name the cluster that has the state; {file} says which namespace.",
  },
  EDGE_STATE_NO_NAMESPACE: {
    message: "there is no namespace {namespace} in cluster {context}",
    cause: "The Secrets of the state need a namespace, best one that nothing else is in.",
    remedy: "Make it: {command}",
  },
  EDGE_STATE_TOO_LARGE: {
    message: "the state of stack {stack} is {bytes} bytes, and a Secret takes {most}",
    cause: "Kubernetes limits the size of objects. About 8 kB are needed for each installation.",
    remedy: "Split the stack, or keep the state in the repository; docs/state.md tells how to move it.",
  },
  EDGE_STATE_NOT_MOVED: {
    message: "{file} has keys of stack {stack} that the shared state lacks",
    cause:
      "This machine has deployed the stack before the state was shared, or without knowing it. If the shared state were begun anew, the stack would get other CAs.",
    remedy: "Move it: `npx edgectl state init`. If these keys were never used, put the file elsewhere.",
  },
  EDGE_STATE_NOT_THERE: {
    message: "stack {stack} has no state: there is no {place}",
    cause: "Nothing was deployed yet without Pulumi, or whoever did has not committed it.",
    remedy: "Take over what others have committed. `npx edgectl state show` lists the stacks that have a state.",
  },
  EDGE_STATE_WOULD_LOSE: {
    message: "restoring {file} would lose keys of stack {stack}: {keys}",
    cause: "The state that is there has keys which the backup lacks, or other ones of the same name.",
    remedy:
      "Use a newer backup. If these keys are of no use any more, back the state up first, and repeat the command with --replace.",
  },
  EDGE_STATE_FILE: {
    message: "{file} cannot be used: {problem}",
    cause: "The file is missing, is there already, is too large, or is not yours to read or write.",
    remedy: "Name another one.",
  },
});
