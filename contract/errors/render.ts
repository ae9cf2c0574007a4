import { defineErrors } from "./edge-error.ts";

/** Errors of render. */
export const renderErrors = defineErrors({});
