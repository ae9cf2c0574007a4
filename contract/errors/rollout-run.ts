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
});
