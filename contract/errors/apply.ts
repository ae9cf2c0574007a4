import { defineErrors } from "./edge-error.ts";

/** Errors of apply. */
export const applyErrors = defineErrors({});
