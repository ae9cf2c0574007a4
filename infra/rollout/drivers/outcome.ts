import { EdgeError } from "#base";
import { failureOf } from "../errors.ts";
import type { Outcome } from "../model/index.ts";

/** Codes that say that nothing was done, and that the same may work later: no answer, or somebody else is at it. */
const unreachable: ReadonlySet<string> = new Set([
  "EDGE_APPLY_UNREACHABLE",
  "EDGE_APPLY_BUSY",
  "EDGE_ROLLOUT_STACK_LOCKED",
  "EDGE_GITOPS_REGISTRY",
  "EDGE_ROLLOUT_NOT_REPORTED",
  "EDGE_ROLLOUT_SIGN",
  "EDGE_ROLLOUT_VERIFY",
]);

/**
 * Carries out work on a cluster, and tells what became of it. What is reported on purpose is an outcome, and so is an
 * abort; anything else is a defect and is thrown.
 */
export async function attempt<T extends object>(signal: AbortSignal, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    signal.throwIfAborted();
    return { outcome: "ok", ...(await work()) };
  } catch (error) {
    if (error instanceof EdgeError) {
      return { outcome: unreachable.has(error.code) ? "unreachable" : "failed", failure: failureOf(error) };
    }
    if (!signal.aborted) throw error;
    const failure = { code: "EDGE_ROLLOUT_CANCELLED", message: "the work was cancelled", remedy: "" };
    return { outcome: "failed", failure };
  }
}
