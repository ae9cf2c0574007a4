/**
 * What pages that edgectl makes have in common: HTML in which all text is escaped, their look, and what they may load.
 *
 * @module
 */
export { Html, html } from "./html.ts";
export { look } from "./look.ts";
export { sourceHash } from "./source-hash.ts";
