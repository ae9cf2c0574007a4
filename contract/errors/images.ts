import { defineErrors } from "./edge-error.ts";

/** Errors of images. */
export const imagesErrors = defineErrors({});
