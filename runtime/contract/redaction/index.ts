/**
 * Takes secrets out of texts: in support bundles, in the daemons' logs, in what is kept of a command's output.
 *
 * @module
 */
export { createScrubber, holdsSecret, loadScrubber, type Scrubber } from "./scrubber.ts";
export { isSecretName, isSecretVariable, looksRandom } from "./secret-names.ts";
