import { defineErrors } from "./edge-error.ts";

/** Errors of carrying a rollout out: what a run keeps on disk, its drivers, and the commands that steer it. */
export const rolloutRunErrors = defineErrors({
  EDGE_ROLLOUT_ARTIFACT: {
    message: "{file} cannot be used: {problem}",
    cause: "What a run deploys or brings back is kept in sealed files, and this one is missing or damaged.",
    remedy: "Restore the file from a backup; without it, deploy the wanted revision by a new run.",
  },
  EDGE_ROLLOUT_KEY: {
    message: "{file} cannot be used: {problem}",
    cause: "The key that seals the files of runs is kept in this file.",
    remedy: "Make the file readable for you alone (mode 0600), or restore it; without it earlier runs cannot go on.",
  },
  EDGE_ROLLOUT_REQUEST_REFUSED: {
    message: "{message}",
    cause: "The process that carries the run out has refused what was asked for.",
    remedy: "{remedy}",
  },
  EDGE_ROLLOUT_NO_ANSWER: {
    message: "the process that carries the run out gave no answer within {seconds} s",
    cause: "It hangs, or it runs on another machine that does not see this directory.",
    remedy:
      "See `edgectl rollout status`; end that process and use `edgectl rollout resume`, which goes on where it was.",
  },
  EDGE_ROLLOUT_NO_RUN: {
    message: "there is no run in {directory}",
    cause: "No rollout was started from this project on this machine.",
    remedy: "Start one by `edgectl rollout run`, or pass --project DIR.",
  },
  EDGE_ROLLOUT_UNCONFIRMED: {
    message: "the rollout was not confirmed",
    cause: "A rollout changes clusters, so somebody has to say yes to its plan.",
    remedy: "Look at `edgectl rollout plan`, then pass --yes.",
  },
  EDGE_ROLLOUT_UNPLANNED: {
    message: "{count} clusters cannot be planned: {problems}",
    cause: "A stack cannot be rendered, or a cluster refuses what it declares.",
    remedy:
      "Correct what is listed; clusters that do not answer do not stop a plan, they are tried again at their turn.",
  },
  EDGE_ROLLOUT_DIRTY: {
    message: "the working tree has changes that are not committed",
    cause:
      "Pulumi runs the program again at each cluster's turn, so a run needs a revision that it can check out again.",
    remedy:
      "Commit the changes first; with `engine: render` a run keeps what its plan has rendered and needs no commit.",
  },
  EDGE_ROLLOUT_STACK_LOCKED: {
    message: "stack {stack} is locked by {holder}",
    cause: "Somebody runs Pulumi on this stack, or an operation was killed and has left its lock.",
    remedy:
      "Wait for the other operation: a rollout tries again until progressDeadline. When there is none, release the lock by `pulumi cancel --stack {stack}`",
  },
  EDGE_ROLLOUT_PULUMI: {
    message: "Pulumi could not {verb} stack {stack}: {problem}",
    cause: "The Pulumi CLI reported an error.",
    remedy: "See the reason above; `pulumi preview --stack {stack}` shows the same.",
  },
  EDGE_ROLLOUT_NO_PREVIOUS: {
    message: "what stack {stack} had before cannot be brought back: {problem}",
    cause:
      "Pulumi brings a stack back by running the program at the revision of its last update, and that is not known.",
    remedy: "Deploy the wanted revision by a new run.",
  },
});
