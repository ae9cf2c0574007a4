import { defineErrors } from "./edge-error.ts";

/** Errors of edge-agent. */
export const edgeAgentErrors = defineErrors({});
