import { generationIdOf } from "#contract";
import type { Module } from "#manifest";
import type { Service } from "#shared";
import { edgeAgentErrors } from "../errors.ts";
import { desiredObjects } from "../mapping/desired-objects.ts";
import { type Installation, objectNameOf } from "../mapping/installation.ts";
import { applyWhenNeeded, type ModulePlan, type Settled } from "./action.ts";
import { refuseLeftOverJob } from "./left-over-job.ts";
import { isOurs, isTerminating, type Observed, presentObjects, servicesByModule } from "./observed.ts";
import { planPull, planPullerRemovals } from "./plan-pulls.ts";
import { planRemovals } from "./plan-removals.ts";
import { foreignService, planServices } from "./plan-services.ts";
import { planClaims, planPullSecret } from "./plan-storage.ts";
import { planWorkload } from "./plan-workload.ts";

/**
 * Decides what has to be written so that the namespace is as the modules say. Modules with nothing to do are left out.
 *
 * @param held ids of modules whose Deployment or Job has to wait, for other modules or for their own old pods
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
  const services = servicesByModule(observed, installation.identity.installation.name);
  const plans = modules.map((module) =>
    planModule(module, installation, observed, { settled, services, isHeld: held.has(module.id), pulling }),
  );
  return [
    ...planPullSecret(installation, observed, settled),
    ...planClaims(modules, installation, observed),
    ...plans,
    ...planRemovals(modules, installation, observed, services),
    ...planPullerRemovals(pulling, installation, observed),
  ].filter(({ actions, failure, waitsForImages }) => actions.length > 0 || failure !== undefined || waitsForImages);
}

interface Known {
  readonly settled: Settled;
  /** By the name of their modules' objects. */
  readonly services: ReadonlyMap<string, readonly Service[]>;
}

/** ServiceAccount, Services, Deployment or Job, in that order. The last waits for the ServiceAccount's UID. */
function planModule(
  module: Module,
  installation: Installation,
  observed: Observed,
  { settled, services, isHeld, pulling }: Known & { readonly isHeld: boolean; readonly pulling: Set<string> },
): ModulePlan {
  const moduleId = module.id;
  const name = objectNameOf(moduleId, installation);
  const instance = installation.identity.installation.name;
  const foreign =
    presentObjects(name, observed).find((object) => !isOurs(object, instance)) ??
    foreignService(name, observed, instance);
  if (foreign !== undefined) {
    const { kind } = foreign;
    return { moduleId, actions: [], failure: edgeAgentErrors.EDGE_AGENT_NAME_TAKEN({ kind, name, module: moduleId }) };
  }
  if (observed.leftJobs.has(name)) return refuseLeftOverJob(moduleId, name, installation);
  const account = observed.serviceAccounts.get(name);
  const generationId = account !== undefined && !isTerminating(account) ? generationIdOf(account.metadata) : undefined;
  const desired = desiredObjects(module, installation, generationId);
  const { serviceAccount, workload } = desired;
  const pull = workload && planPull(workload, moduleId, installation, observed, settled);
  // Several modules may wait for the same images, which are fetched once.
  const isFirst = pull !== undefined && !pulling.has(pull.puller);
  if (pull !== undefined) pulling.add(pull.puller);
  const actions = [
    applyWhenNeeded(serviceAccount, account, settled),
    ...planServices(desired.services, services.get(name) ?? [], installation, { observed, settled }),
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
