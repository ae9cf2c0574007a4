import type { Clock, Informer } from "#base";
import { formerModuleObjectName, moduleObjectName, objectNames } from "#contract";
import type { ServiceAccount } from "#shared";
import { moduleIdOf } from "../authentication/module-identity.ts";

/** Modules that were here while this process runs. */
export interface GoneModules {
  /** Those whose account is gone for a while, with all that ran them. */
  readonly ids: ReadonlySet<string>;
  /** Told that the hub has no identity of it any more. */
  forget(moduleId: string): void;
  stop(): void;
}

/** An account that comes back within this time was one of a change. */
const grace = 30_000;

/**
 * Keeps which modules are gone. Nothing is while EdgeAgent's account is not there: then the installation is taken down, and
 * a hub's twins are not for that to delete.
 *
 * @param options.runs whether there is a workload of one of these names
 * @param options.onGone called when `ids` has another
 */
export function followGoneModules(options: {
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly runs: (objectNames: readonly string[]) => boolean;
  readonly clock: Clock;
  readonly onGone: () => void;
}): GoneModules {
  const { serviceAccounts, runs, clock, onGone } = options;
  const seen = new Map<string, { goneAt?: number }>();
  const timers = new Set<() => void>();

  function look(): void {
    const here = new Set(serviceAccounts.list().flatMap((account) => moduleIdOf(account) ?? []));
    for (const moduleId of here) seen.set(moduleId, {});
    for (const [moduleId, state] of seen) {
      if (here.has(moduleId) || state.goneAt !== undefined) continue;
      state.goneAt = clock.now();
      const cancel = clock.after(grace, () => {
        timers.delete(cancel);
        onGone();
      });
      timers.add(cancel);
    }
  }

  look();
  const unsubscribe = serviceAccounts.onChange(look);
  return {
    get ids() {
      const isTakenDown = serviceAccounts.get(objectNames.edgeAgent) === undefined;
      const gone = [...seen].filter(
        ([moduleId, { goneAt = Number.POSITIVE_INFINITY }]) =>
          clock.now() - goneAt >= grace && !runs([moduleObjectName(moduleId), formerModuleObjectName(moduleId)]),
      );
      return new Set(isTakenDown ? [] : gone.map(([moduleId]) => moduleId));
    },
    forget: (moduleId) => {
      if (seen.get(moduleId)?.goneAt !== undefined) seen.delete(moduleId);
    },
    stop: () => {
      unsubscribe();
      for (const cancel of timers) cancel();
    },
  };
}
