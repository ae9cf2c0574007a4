import { moduleObjectName } from "#contract";
import type { Module } from "#manifest";
import { edgeAgentErrors } from "../errors.ts";
import { desiredObjects } from "../mapping/desired-objects.ts";
import type { Installation } from "../mapping/installation.ts";
import { applyWhenNeeded, type ModuleObject, type ModulePlan, removeWhenOwned, type Settled } from "./action.ts";
import { isOurs, isTerminating, moduleIdOf, type Observed } from "./observed.ts";
import { planClaims, planPullSecret } from "./plan-storage.ts";
import { planWorkload } from "./plan-workload.ts";

/**
 * Decides what has to be written so that the namespace is as the modules say. Modules with nothing to do are left out.
 *
 * @param held ids of modules whose Deployment or Job has to wait for other modules
 */
export function plan(
  modules: readonly Module[],
  installation: Installation,
  observed: Observed,
  settled: Settled,
  held: ReadonlySet<string> = new Set(),
): readonly ModulePlan[] {
  const plans = modules.map((module) =>
    planModule(module, installation, observed, { settled, isHeld: held.has(module.id) }),
  );
  return [
    ...planPullSecret(installation, observed, settled),
    ...planClaims(modules, installation, observed),
    ...plans,
    ...planRemovals(modules, installation, observed),
  ].filter(({ actions, failure }) => actions.length > 0 || failure !== undefined);
}

/** ServiceAccount, Service, Deployment or Job, in that order. The last waits for the ServiceAccount's UID. */
function planModule(
  module: Module,
  installation: Installation,
  observed: Observed,
  { settled, isHeld }: { readonly settled: Settled; readonly isHeld: boolean },
): ModulePlan {
  const moduleId = module.id;
  const name = moduleObjectName(moduleId);
  const present = presentObjects(name, observed);
  const foreign = present.find((object) => !isOurs(object, installation.identity.installation.name));
  if (foreign !== undefined) {
    const { kind } = foreign;
    return { moduleId, actions: [], failure: edgeAgentErrors.EDGE_AGENT_NAME_TAKEN({ kind, name, module: moduleId }) };
  }
  if (observed.leftJobs.has(name)) return leftJob(moduleId, name, installation);
  const account = observed.serviceAccounts.get(name);
  const generationId = account !== undefined && !isTerminating(account) ? account.metadata.uid : undefined;
  const { serviceAccount, service, workload } = desiredObjects(module, installation, generationId);
  const liveService = observed.services.get(name);
  const actions = [
    applyWhenNeeded(serviceAccount, account, settled),
    service === undefined ? removeWhenOwned(liveService, installation) : applyWhenNeeded(service, liveService, settled),
    workload && planWorkload(workload, installation, observed, { settled, isHeld }),
  ];
  return { moduleId, actions: actions.filter((action) => action !== undefined) };
}

/** A Deployment beside it would run the module twice. */
function leftJob(moduleId: string, name: string, { identity }: Installation): ModulePlan {
  const { namespace } = identity.installation;
  return { moduleId, actions: [], failure: edgeAgentErrors.EDGE_AGENT_JOB_LEFT({ module: moduleId, name, namespace }) };
}

/** What runs goes before the identity that its pods use. */
function planRemovals(
  modules: readonly Module[],
  installation: Installation,
  observed: Observed,
): readonly ModulePlan[] {
  const wanted = new Set(modules.map(({ id }) => moduleObjectName(id)));
  const names = new Set(
    [observed.deployments, observed.jobs, observed.services, observed.serviceAccounts].flatMap((objects) => [
      ...objects.keys(),
    ]),
  );
  return [...names]
    .filter((name) => !wanted.has(name))
    .map((name) => {
      const ours = presentObjects(name, observed).filter((object) =>
        isOurs(object, installation.identity.installation.name),
      );
      const moduleId = ours[0] === undefined ? name : moduleIdOf(ours[0]);
      if (ours.length > 0 && observed.leftJobs.has(name)) return leftJob(moduleId, name, installation);
      const actions = ours
        .map((object) => removeWhenOwned(object, installation))
        .filter((action) => action !== undefined);
      return { moduleId, actions };
    });
}

function presentObjects(name: string, observed: Observed): readonly ModuleObject[] {
  const { deployments, jobs, services, serviceAccounts } = observed;
  const objects = [deployments.get(name), jobs.get(name), services.get(name), serviceAccounts.get(name)];
  return objects.filter((object) => object !== undefined);
}
