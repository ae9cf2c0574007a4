/**
 * Computes the waves of a rollout, and merges what changes in the same way in several clusters.
 *
 * @module
 */
export { changeDigest } from "./change-digest.ts";
export { type Pins, PlanBuilder, runOf } from "./plan-builder.ts";
export { planWaves } from "./plan-waves.ts";
