import { defineErrors } from "./edge-error.ts";

/** Errors of cli. */
export const cliErrors = defineErrors({});
