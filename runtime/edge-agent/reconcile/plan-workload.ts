import { desiredHashOf, type Job } from "#shared";
import type { Installation } from "../mapping/installation.ts";
import { isSameRun } from "../mapping/job-run.ts";
import { isJob, type Workload } from "../mapping/workload.ts";
import { type Action, applyWhenNeeded, removeWhenOwned, type Settled } from "./action.ts";
import { isTerminating, type Observed } from "./observed.ts";

/**
 * What has to be written of a module's Deployment or Job. Where it is of the other kind than before, the old one goes
 * first: the two would run the module twice.
 *
 * @param isHeld whether it must not be started yet
 */
export function planWorkload(
  desired: Workload,
  installation: Installation,
  observed: Observed,
  { settled, isHeld }: { readonly settled: Settled; readonly isHeld: boolean },
): Action | undefined {
  const { name } = desired.metadata;
  const deployment = observed.deployments.get(name);
  const job = observed.jobs.get(name);
  const other = desired.kind === "Job" ? deployment : job;
  if (other !== undefined) return removeWhenOwned(other, installation);
  if (isHeld) return undefined;
  return isJob(desired) ? planJob(desired, job, installation, settled) : applyWhenNeeded(desired, deployment, settled);
}

/** A Job's template cannot be changed: another run needs another Job, and other settings wait for it. */
function planJob(
  desired: Job,
  live: Job | undefined,
  installation: Installation,
  settled: Settled,
): Action | undefined {
  if (live === undefined) return applyWhenNeeded(desired, live, settled);
  if (isTerminating(live)) return undefined;
  if (!isSameRun(desired, live)) return removeWhenOwned(live, installation);
  return desiredHashOf(desired) === desiredHashOf(live) ? applyWhenNeeded(desired, live, settled) : undefined;
}
