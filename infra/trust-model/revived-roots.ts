import { rootStep, type SkippedStep, stateOf } from "./root-transitions.ts";
import type { DeclaredTrust } from "./skipped-steps.ts";

/** Roots that are revoked and would be trusted again: what not even a return to an earlier state may do. */
export function revivedRoots(deployed: DeclaredTrust, declared: DeclaredTrust): readonly SkippedStep[] {
  const revoked = deployed.roots.filter(({ state }) => state === "revoked");
  return revoked.flatMap(({ id, state }) => rootStep(id, state, stateOf(declared.roots, id)));
}
