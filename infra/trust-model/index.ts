/**
 * What installations trust, as values: roots and their states, bundles, the order of steps, periods. No I/O.
 *
 * @module
 */

export { bundleHash, readBundle } from "#contract";
export { fingerprintsOf, trustOfAnnotations } from "./deployed-trust.ts";
export { trustModelErrors } from "./errors.ts";
export { revivedRoots } from "./revived-roots.ts";
export {
  activeRoot,
  firstGeneration,
  firstRoots,
  formatRoots,
  isTrusted,
  type RootState,
  rootsProblems,
  type TrustRoot,
} from "./roots.ts";
export { type DeclaredTrust, describeTrust, skippedSteps } from "./skipped-steps.ts";
export { type TrustPeriods, trustPeriodProblems } from "./trust-periods.ts";
