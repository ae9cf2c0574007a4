import { defineErrors, type EdgeError } from "#base";
import type { Failure } from "./model/outcome.ts";

/** Fleet files and rollouts. */
export const rolloutErrors = defineErrors({
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
      "See `npx edgectl rollout status {runOption}`; end that process and use `npx edgectl rollout resume {runOption}`, which goes on where it was.",
  },
  EDGE_ROLLOUT_NO_RUN: {
    message: "there is no run in {directory}",
    cause: "No rollout was started from this project on this machine.",
    remedy: "Start one by `npx edgectl rollout run {fleetOption}`, or pass --project DIR.",
  },
  EDGE_ROLLOUT_UNCONFIRMED: {
    message: "the rollout was not confirmed",
    cause: "A rollout changes clusters, so somebody has to say yes to its plan.",
    remedy: "Look at `npx edgectl rollout plan {fleetOption}`, then pass --yes.",
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
      "Wait for the other operation: a rollout tries again until progressDeadline. When there is none, release the lock by `{cancel}`",
  },
  EDGE_ROLLOUT_PULUMI: {
    message: "Pulumi could not {verb} stack {stack}: {problem}",
    cause: "The Pulumi CLI reported an error.",
    remedy: "See the reason above.",
  },
  EDGE_ROLLOUT_NO_PREVIOUS: {
    message: "what stack {stack} had before cannot be brought back: {problem}",
    cause:
      "Pulumi brings a stack back by running the program at the revision of its last update, and that is not known.",
    remedy: "Deploy the wanted revision by a new run.",
  },
  EDGE_ROLLOUT_TAG_MOVED: {
    message: "the tag of cluster {cluster} was moved since its turn began: it leads to {found}, not to {expected}",
    cause:
      "A pipeline or another run has pushed to the tag that this run moves. Moving it all the same would undo what the other has deployed, and nobody could bring that back.",
    remedy:
      "Let nothing but rollouts move the tag. Retry the cluster to deploy over what is there, or skip it with a reason.",
  },
  EDGE_ROLLOUT_NOT_REPORTED: {
    message: "Flux has not reported that cluster {cluster} is back at {digest}{last}",
    cause:
      "The tag leads there again, and Flux follows at its interval. Until Flux reports it, nobody knows whether it has.",
    remedy:
      "Wait: a rollout looks again until progressDeadline. Else see Flux's Kustomization and Alert there, and the log of the receiver; docs/rollouts.md shows all three.",
  },
  EDGE_ROLLOUT_EVENTS: {
    message: "{file} cannot be used: {problem}",
    cause: "What Flux has reported is kept there by the receiver, and this file is damaged or cannot be read.",
    remedy: "Move the file away; the cluster counts as silent until Flux reports again.",
  },
  EDGE_ROLLOUT_RECEIVE: {
    message: "what Flux reports cannot be received: {problem}",
    cause:
      "Receiving needs a certificate and its key, a key of the cluster's own for each cluster that nobody can reach, and an address to listen at.",
    remedy: "{remedy}",
  },
  EDGE_FLEET_UNREADABLE: {
    message: "{file} cannot be read: {problem}",
    cause: "The fleet file does not exist, is larger than allowed, or is no valid YAML.",
    remedy: "Correct the path or the file; docs/rollouts.md shows an example.",
  },
  EDGE_FLEET_INVALID: {
    message: "{file} has {count}:\n{problems}",
    cause:
      "A key of the fleet file is unknown, missing, of the wrong type or outside what is allowed, or two parts contradict each other. All such problems are listed at once.",
    remedy: "Correct the listed keys; an editor that knows docs/schemas/fleet.schema.json shows them while you type.",
  },
  EDGE_ROLLOUT_PREFLIGHT: {
    message: "cluster {cluster} is not ready for the rollout: {problems}",
    cause: "Before the first wave each cluster is looked at, and nothing is written to one that would fail halfway.",
    remedy: "{remedy}",
  },
  EDGE_ROLLOUT_PLAN_CHANGED: {
    message: "cluster {cluster} would change otherwise than the plan showed ({planned} planned, {found} found)",
    cause: "Somebody changed the cluster after the plan was made, so what was reviewed is not what would happen.",
    remedy:
      "Look at `npx edgectl rollout drift {fleetOption}`; undo the change and retry the cluster, or end this run and plan a new one.",
  },
  EDGE_ROLLOUT_NOT_PINNED: {
    message:
      "what would be deployed to cluster {cluster} is not what the run has pinned ({pinned} pinned, {found} found)",
    cause:
      "A run deploys what was rendered when it was planned, and nothing else. The files in its folder, or the images or revision that they name, were exchanged since.",
    remedy:
      "Restore the run's folder from a backup and retry the cluster, or end this run by `npx edgectl rollout abort {runOption}` and plan a new one.",
  },
  EDGE_ROLLOUT_DEADLINE: {
    message: "cluster {cluster} was still {phase} after {duration}{last}",
    cause: "A cluster that makes no progress within progressDeadline counts as failed.",
    remedy: "See what its pods wait for by `{status}`; then retry it, skip it with a reason, or roll back.",
  },
  EDGE_ROLLOUT_UNREACHABLE: {
    message: "cluster {cluster} could not be reached for {duration}: {problem}",
    cause: "It was tried again and again until its progressDeadline, without holding up the others.",
    remedy: "Bring its API server back and retry the cluster, or skip it with a reason.",
  },
  EDGE_ROLLOUT_UNHEALTHY: {
    message: "cluster {cluster} became unhealthy while baking: {problems}",
    cause: "A cluster has to stay healthy for the wave's bake time.",
    remedy: "Look into the cluster; then retry it, or roll back.",
  },
  EDGE_ROLLOUT_INTERRUPTED: {
    message: "cluster {cluster} was {phase} when {by} aborted the run",
    cause: "An aborted run lets what it is writing end, and verifies nothing after that.",
    remedy: "Roll back, or start a new run.",
  },
  EDGE_ROLLOUT_LOCK_LOST: {
    message: "the lock of cluster {cluster} was taken by {holder}",
    cause: "The lock was not renewed in time, or was broken, and somebody else has it now.",
    remedy: "Find out what the other run does. Retry the cluster when it has ended, then resume.",
  },
  EDGE_ROLLOUT_LOCKED: {
    message: "cluster {cluster} is locked by {holder}",
    cause:
      "Another rollout, or a change of trust over a fleet, works on this cluster and goes on: it has just renewed its lock.",
    remedy:
      "Wait for the other to end, or end it where it runs: a rollout by `npx edgectl rollout abort --run RUN`, one whose name begins with trust- by Ctrl-C. RUN is what stands before the @, the machine what stands after it.",
  },
  EDGE_ROLLOUT_SIGN: {
    message: "{reference} was not signed: {program}: {problem}",
    cause:
      "The command of `gitops.sign` in the fleet file has failed, and no tag has been moved to what is not signed.",
    remedy:
      "Run the command by hand with that reference as its last word. It gets the environment of edgectl, such as COSIGN_PASSWORD. The rollout tries again until progressDeadline.",
  },
  EDGE_ROLLOUT_VERIFY: {
    message: "it is not known whether {reference} is signed: {program}: {problem}",
    cause: "The command of `gitops.sign.verify` in the fleet file could not be run to its end.",
    remedy:
      "Run the command by hand with that reference as its last word. It has to end with 0 where the signature is good. The rollout tries again until progressDeadline.",
  },
  EDGE_ROLLOUT_RUN_LOCKED: {
    message: "run {run} is being carried out by process {pid} on {host}",
    cause: "Two processes that carry out one run would do everything twice.",
    remedy:
      "Use the other process, or end it first. If that machine is gone, delete the file lock-* in the run's folder.",
  },
  EDGE_ROLLOUT_RUN_UNKNOWN: {
    message: "there is no run {run}",
    cause: "Runs are kept in the project's folder of rollouts, one folder each.",
    remedy: "Use one of: {known}",
  },
  EDGE_ROLLOUT_RUN_EXISTS: {
    message: "run {run} exists already",
    cause: "A run never changes after it was made.",
    remedy: "Make a new run.",
  },
  EDGE_ROLLOUT_RUN_DAMAGED: {
    message: "{file} of run {run} is damaged: {problem}",
    cause:
      "A run is never changed once it was made. A file of another form was edited, cut, or written by another version of edgectl.",
    remedy: "Restore the file from a backup, or make a new run.",
  },
  EDGE_ROLLOUT_FILE_TOO_LARGE: {
    message: "{file} is larger than {limit}",
    cause: "Reading a file of any size would let one input take all memory.",
    remedy: "Check that it is the right file; edgectl writes none that large.",
  },
  EDGE_ROLLOUT_JOURNAL_DAMAGED: {
    message: "the journal of run {run} is damaged in line {line}: {problem}",
    cause:
      "Each record carries the checksum of the one before it. A crash can tear only the last record, so the file was edited or the disk is faulty.",
    remedy:
      "Restore journal.ndjson from a backup. Without one, make a new run: its plan shows what the clusters really have.",
  },
  EDGE_ROLLOUT_JOURNAL_FULL: {
    message: "the journal of run {run} has reached {limit}",
    cause: "A journal without limit would fill the disk when something repeats itself for ever.",
    remedy: "Make a new run for the clusters that are not done.",
  },
  EDGE_ROLLOUT_JOURNAL_WRITE: {
    message: "the journal of run {run} cannot be written: {problem}",
    cause: "Nothing may be done that the journal does not know of, so the run stopped.",
    remedy: "Make room or repair the disk, then resume the run.",
  },
  EDGE_ROLLOUT_COMMAND_REFUSED: {
    message: "'{command}' is not possible: {reason}",
    cause: "What an operator asks for must fit to where the run stands.",
    remedy: "{remedy}",
  },
});

/** An error as a journal and a state keep it. */
export function failureOf({ code, message, remedy }: EdgeError): Failure {
  return { code, message, remedy };
}
