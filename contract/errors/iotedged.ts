import { defineErrors } from "./edge-error.ts";

/** Errors of iotedged. */
export const iotedgedErrors = defineErrors({});
