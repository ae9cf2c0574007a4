import type { EdgeError } from "#base";
import { pullerPrefix } from "#contract";
import { edgeAgentErrors } from "../errors.ts";
import type { Installation } from "../mapping/installation.ts";
import { pullerOf } from "../mapping/puller.ts";
import type { Workload } from "../mapping/workload.ts";
import { type Action, applyWhenNeeded, type ModulePlan, type Settled } from "./action.ts";
import { isMadeFor, isTerminating, type Observed } from "./observed.ts";
import { pullStateOf } from "./pull-state.ts";

/** What is done about a changed module's images before its old pod is stopped. */
export interface PullPlan {
  /** Name of the Deployment that fetches them. */
  readonly puller: string;
  readonly action: Action | undefined;
  /** Whether the old pod has to run on until they are there. */
  readonly isPending: boolean;
  /** Why they cannot be fetched. */
  readonly failure?: EdgeError;
}

/** Undefined when nothing has to be fetched first. */
export function planPull(
  desired: Workload,
  moduleId: string,
  installation: Installation,
  observed: Observed,
  settled: Settled,
): PullPlan | undefined {
  const { name } = desired.metadata;
  const live = desired.kind === "Job" ? observed.jobs.get(name) : observed.deployments.get(name);
  if (live === undefined || isTerminating(live)) return undefined;
  const wanted = pullerOf(desired, live, moduleId, installation);
  if (wanted === undefined) return undefined;
  const puller = wanted.object.metadata.name;
  const present = observed.deployments.get(puller);
  const action = applyWhenNeeded(wanted.object, present, settled);
  if (present === undefined || isTerminating(present)) return { puller, action, isPending: true };
  const state = pullStateOf(present, observed.pullerPods.get(puller) ?? []);
  if (typeof state === "string") return { puller, action, isPending: state === "fetching" };
  const failure = edgeAgentErrors.EDGE_AGENT_IMAGE_NOT_FETCHED({
    module: moduleId,
    images: wanted.images.join(", "),
    reason: state.failure,
  });
  return { puller, action, isPending: true, failure };
}

/**
 * Takes away what has fetched its images, or what no module waits for any more. Also what nobody owns: no module has such a
 * name, and what runs there is in no manifest and no status.
 */
export function planPullerRemovals(
  wanted: ReadonlySet<string>,
  installation: Installation,
  { deployments }: Observed,
): readonly ModulePlan[] {
  return [...deployments.values()]
    .filter(({ metadata }) => metadata.name.startsWith(pullerPrefix) && !wanted.has(metadata.name))
    .filter((puller) => isMadeFor(puller, installation.identity.installation.name))
    .filter((puller) => !isTerminating(puller))
    .map((object) => ({ moduleId: object.metadata.name, actions: [{ type: "remove", object }] }));
}
