import { engines } from "../../deploy/index.ts";

/** Who deploys a cluster of a fleet: `gitops` moves a tag, and Flux does the rest. */
export const rolloutEngines = [...engines, "gitops"] as const;

export type RolloutEngine = (typeof rolloutEngines)[number];
