import { defineErrors } from "./edge-error.ts";

/** Errors of cluster. */
export const clusterErrors = defineErrors({});
