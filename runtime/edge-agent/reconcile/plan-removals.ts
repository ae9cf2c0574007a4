import type { Module } from "#manifest";
import type { Service } from "#shared";
import { type Installation, objectNameOf } from "../mapping/installation.ts";
import { type ModuleObject, type ModulePlan, removeWhenOwned } from "./action.ts";
import { refuseLeftOverJob } from "./left-over-job.ts";
import { isOurs, moduleIdOf, type Observed, presentObjects } from "./observed.ts";

/**
 * Takes away the objects of modules that are wanted no more. What runs goes before the identity that its pods use.
 *
 * @param services those that EdgeAgent made, by the name of their modules' objects
 */
export function planRemovals(
  modules: readonly Module[],
  installation: Installation,
  observed: Observed,
  services: ReadonlyMap<string, readonly Service[]>,
): readonly ModulePlan[] {
  const wanted = new Set(modules.map(({ id }) => objectNameOf(id, installation)));
  const names = new Set(
    [observed.deployments, observed.jobs, services, observed.serviceAccounts].flatMap((objects) => [...objects.keys()]),
  );
  return [...names]
    .filter((name) => !wanted.has(name))
    .map((name) => {
      const own: readonly ModuleObject[] = services.get(name) ?? [];
      const ours = presentObjects(name, observed, services.get(name)).filter(
        (object) => own.includes(object) || isOurs(object, installation.identity.installation.name),
      );
      const moduleId = ours[0] === undefined ? name : moduleIdOf(ours[0]);
      if (ours.length > 0 && observed.leftJobs.has(name)) return refuseLeftOverJob(moduleId, name, installation);
      const actions = ours
        .map((object) => removeWhenOwned(object, installation))
        .filter((action) => action !== undefined);
      return { moduleId, actions };
    });
}
