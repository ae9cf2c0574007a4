import { defineErrors } from "./edge-error.ts";

/** Errors of kubernetes. */
export const kubernetesErrors = defineErrors({});
