import { attempt } from "../drivers/outcome.ts";
import type { Outcome } from "../model/outcome.ts";
import type { LockedCluster, Run } from "../model/run.ts";
import { holderOf } from "./cluster-lock.ts";
import { maxTries, unsteadyHolder } from "./lease.ts";
import { type OpenLease, openLease } from "./open-lease.ts";

/** What became of the Lease of a run in one cluster. */
export type Released =
  | { readonly lock: "released" | "free" }
  /** Another run, or this one on another machine, has it: it is left alone. */
  | { readonly lock: "kept"; readonly heldBy: string };

/**
 * Gives back the Lease that a process of this machine has taken for the run. The caller knows that no process carries
 * the run out any more.
 */
export function releaseLease(
  run: Pick<Run, "id">,
  cluster: LockedCluster,
  signal: AbortSignal,
  open: OpenLease = openLease,
): Promise<Outcome<Released>> {
  return attempt<Released>(signal, async () => {
    const client = await open(cluster);
    for (let tries = 0; tries < maxTries; tries++) {
      const lease = await client.get();
      if (lease === undefined || lease.holder === "") return { lock: "free" };
      if (lease.holder !== holderOf(run)) return { lock: "kept", heldBy: lease.holder };
      if (await client.release(lease)) return { lock: "released" };
    }
    return { lock: "kept", heldBy: unsteadyHolder };
  });
}
