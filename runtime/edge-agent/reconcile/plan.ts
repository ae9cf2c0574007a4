import { moduleObjectName } from "#contract";
import { type EdgeError, edgeAgentErrors } from "#errors";
import type { Deployment, Service, ServiceAccount } from "../../shared/kubernetes/kinds.ts";
import { desiredHashOf } from "../../shared/reconcile/desired-hash.ts";
import type { Module } from "../manifest/manifest.ts";
import { desiredObjects } from "../mapping/desired-objects.ts";
import type { Installation } from "../mapping/installation.ts";
import { driftOf } from "./drift.ts";
import { isOurs, isOwnedBy, isTerminating, moduleIdOf, type Observed } from "./observed.ts";

export type ModuleObject = ServiceAccount | Service | Deployment;

/** Why an object is written. */
export type Cause = "create" | "change" | "repair";

/** One write of the API server. */
export type Action =
  | { readonly type: "apply"; readonly object: ModuleObject; readonly cause: Cause }
  | { readonly type: "remove"; readonly object: ModuleObject };

/** All that one module needs, in order. */
export interface ModulePlan {
  readonly moduleId: string;
  readonly actions: readonly Action[];
  /** Why nothing can be done for the module. */
  readonly failure?: EdgeError;
}

/**
 * What the API server made of earlier writes: the differences that remained right after the object was written, one per
 * line. They are the server's own spelling (of quantities, or by an admission webhook), and no drift.
 */
export interface Settled {
  differences(desired: ModuleObject): string | undefined;
}

/**
 * Decides what has to be written so that the namespace is as the modules say. Modules with nothing to do are left out.
 *
 * @param held ids of modules whose Deployment has to wait for other modules
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
  return [...plans, ...planRemovals(modules, installation, observed)].filter(
    ({ actions, failure }) => actions.length > 0 || failure !== undefined,
  );
}

/** ServiceAccount, Service, Deployment, in that order. The Deployment waits for the ServiceAccount's UID. */
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
  const account = observed.serviceAccounts.get(name);
  const generationId = account !== undefined && !isTerminating(account) ? account.metadata.uid : undefined;
  const { serviceAccount, service, deployment } = desiredObjects(module, installation, generationId);
  const liveService = observed.services.get(name);
  const actions = [
    applyWhenNeeded(serviceAccount, account, settled),
    service === undefined ? removeWhenOwned(liveService, installation) : applyWhenNeeded(service, liveService, settled),
    deployment === undefined || isHeld
      ? undefined
      : applyWhenNeeded(deployment, observed.deployments.get(name), settled),
  ];
  return { moduleId, actions: actions.filter((action) => action !== undefined) };
}

/** Deployments go before the identity that their pods use. */
function planRemovals(
  modules: readonly Module[],
  installation: Installation,
  observed: Observed,
): readonly ModulePlan[] {
  const wanted = new Set(modules.map(({ id }) => moduleObjectName(id)));
  const names = new Set(
    [observed.deployments, observed.services, observed.serviceAccounts].flatMap((objects) => [...objects.keys()]),
  );
  return [...names]
    .filter((name) => !wanted.has(name))
    .map((name) => {
      const ours = presentObjects(name, observed).filter((object) =>
        isOurs(object, installation.identity.installation.name),
      );
      const actions = ours
        .map((object) => removeWhenOwned(object, installation))
        .filter((action) => action !== undefined);
      return { moduleId: ours[0] === undefined ? name : moduleIdOf(ours[0]), actions };
    });
}

function applyWhenNeeded(desired: ModuleObject, live: ModuleObject | undefined, settled: Settled): Action | undefined {
  if (live === undefined) return { type: "apply", object: desired, cause: "create" };
  if (isTerminating(live)) return undefined;
  if (desiredHashOf(desired) !== desiredHashOf(live)) return { type: "apply", object: desired, cause: "change" };
  const drift = driftOf(desired, live);
  if (drift.length === 0 || drift.join("\n") === settled.differences(desired)) return undefined;
  return { type: "apply", object: desired, cause: "repair" };
}

function removeWhenOwned(live: ModuleObject | undefined, installation: Installation): Action | undefined {
  if (live === undefined || isTerminating(live) || !isOwnedBy(live, installation.owner.uid)) return undefined;
  return { type: "remove", object: live };
}

function presentObjects(name: string, observed: Observed): readonly ModuleObject[] {
  const objects = [observed.deployments.get(name), observed.services.get(name), observed.serviceAccounts.get(name)];
  return objects.filter((object) => object !== undefined);
}
