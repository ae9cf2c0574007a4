import { defineErrors } from "./edge-error.ts";

/** Errors of config. */
export const configErrors = defineErrors({});
