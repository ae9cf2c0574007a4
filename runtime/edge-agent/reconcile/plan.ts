import { generationIdOf } from "#contract";
import type { Module } from "#manifest";
import { edgeAgentErrors } from "../errors.ts";
import { desiredObjects } from "../mapping/desired-objects.ts";
import { type Installation, objectNameOf } from "../mapping/installation.ts";
import { applyWhenNeeded, type ModulePlan, removeWhenOwned, type Settled } from "./action.ts";
import { refuseLeftOverJob } from "./left-over-job.ts";
import { isOurs, isTerminating, type Observed, presentObjects } from "./observed.ts";
import { planPull, planPullerRemovals } from "./plan-pulls.ts";
import { planRemovals } from "./plan-removals.ts";
import { planClaims, planPullSecret } from "./plan-storage.ts";
import { planWorkload } from "./plan-workload.ts";

/**
 * Decides what has to be written so that the namespace is as the modules say. Modules with nothing to do are left out.
 *
 * @param held ids of modules whose Deployment or Job has to wait for other modules
 */
export function plan(
  modules: readonly Module[],
  target: Installation,
  observed: Observed,
  settled: Settled,
  held: ReadonlySet<string> = new Set(),
): readonly ModulePlan[] {
  const installation = { ...target, serviceAccounts: observed.serviceAccounts };
  const pulling = new Set<string>();
  const plans = modules.map((module) =>
    planModule(module, installation, observed, { settled, isHeld: held.has(module.id), pulling }),
  );
  return [
    ...planPullSecret(installation, observed, settled),
    ...planClaims(modules, installation, observed),
    ...plans,
    ...planRemovals(modules, installation, observed),
    ...planPullerRemovals(pulling, installation, observed),
  ].filter(({ actions, failure, waitsForImages }) => actions.length > 0 || failure !== undefined || waitsForImages);
}

/** ServiceAccount, Service, Deployment or Job, in that order. The last waits for the ServiceAccount's UID. */
function planModule(
  module: Module,
  installation: Installation,
  observed: Observed,
  { settled, isHeld, pulling }: { settled: Settled; isHeld: boolean; pulling: Set<string> },
): ModulePlan {
  const moduleId = module.id;
  const name = objectNameOf(moduleId, installation);
  const present = presentObjects(name, observed);
  const foreign = present.find((object) => !isOurs(object, installation.identity.installation.name));
  if (foreign !== undefined) {
    const { kind } = foreign;
    return { moduleId, actions: [], failure: edgeAgentErrors.EDGE_AGENT_NAME_TAKEN({ kind, name, module: moduleId }) };
  }
  if (observed.leftJobs.has(name)) return refuseLeftOverJob(moduleId, name, installation);
  const account = observed.serviceAccounts.get(name);
  const generationId = account !== undefined && !isTerminating(account) ? generationIdOf(account.metadata) : undefined;
  const { serviceAccount, service, workload } = desiredObjects(module, installation, generationId);
  const liveService = observed.services.get(name);
  const pull = workload && planPull(workload, moduleId, installation, observed, settled);
  // Several modules may wait for the same images, which are fetched once.
  const isFirst = pull !== undefined && !pulling.has(pull.puller);
  if (pull !== undefined) pulling.add(pull.puller);
  const actions = [
    applyWhenNeeded(serviceAccount, account, settled),
    service === undefined ? removeWhenOwned(liveService, installation) : applyWhenNeeded(service, liveService, settled),
    isFirst ? pull.action : undefined,
    workload && !pull?.isPending ? planWorkload(workload, installation, observed, { settled, isHeld }) : undefined,
  ];
  return {
    moduleId,
    actions: actions.filter((action) => action !== undefined),
    ...(pull?.failure === undefined ? {} : { failure: pull.failure }),
    ...(pull?.isPending ? { waitsForImages: true } : {}),
  };
}
