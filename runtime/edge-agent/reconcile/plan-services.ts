import type { Service } from "#shared";
import type { Installation } from "../mapping/installation.ts";
import { isHeadless } from "../mapping/service.ts";
import { type Action, applyWhenNeeded, removeWhenOwned, type Settled } from "./action.ts";
import { isMadeFor, type Observed } from "./observed.ts";

/**
 * What has to be written of a module's Services. A further name that somebody else's Service has is left to them: they may
 * have made it to lead to this very module.
 *
 * @param own those that the module has at present
 */
export function planServices(
  desired: readonly Service[],
  own: readonly Service[],
  installation: Installation,
  { observed, settled }: { readonly observed: Observed; readonly settled: Settled },
): readonly Action[] {
  const wanted = new Set(desired.map(({ metadata }) => metadata.name));
  const left = own.filter(({ metadata }) => !wanted.has(metadata.name));
  const kept = new Set(own);
  const applied = desired.map((service) => {
    const live = observed.services.get(service.metadata.name);
    // Of another module, which loses it in this same run, or of somebody else.
    if (live !== undefined && !kept.has(live)) return undefined;
    return live !== undefined && isHeadless(live) !== isHeadless(service)
      ? removeWhenOwned(live, installation)
      : applyWhenNeeded(service, live, settled);
  });
  return [...left.map((live) => removeWhenOwned(live, installation)), ...applied].filter(
    (action) => action !== undefined,
  );
}

/** The Service of the module's own name, where somebody else has made it. */
export function foreignService(name: string, { services }: Observed, installation: string): Service | undefined {
  const live = services.get(name);
  return live === undefined || isMadeFor(live, installation) ? undefined : live;
}
