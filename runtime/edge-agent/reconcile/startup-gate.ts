import type { Clock } from "#base";
import { presentModuleObjectName } from "#contract";
import type { Module } from "#manifest";
import type { Observed } from "./observed.ts";

/** Longest wait in milliseconds for the modules of one order: one that never runs must not keep the others away. */
const maxWait = 60_000;

/** Keeps modules of a higher `startupOrder` back until those of a lower one run. */
export interface StartupGate {
  /** Ids of the modules whose Deployment or Job must not be made yet. One that is there already is never touched. */
  held(modules: readonly Module[], observed: Observed): ReadonlySet<string>;
}

export function createStartupGate(clock: Clock): StartupGate {
  let waitingSince: ReadonlyMap<number, number> = new Map();

  return {
    held(all, observed) {
      const running = all.filter(({ status }) => status === "running");
      const missing = running.filter(({ id }) => !isThere(id, observed));
      const since = new Map<number, number>();
      const last = missing.reduce((most, { startupOrder }) => Math.max(most, startupOrder), -1);
      const inOrder = [...Map.groupBy(running, ({ startupOrder }) => startupOrder)].sort(([a], [b]) => a - b);
      const [open] =
        inOrder.find(([order, modules]) => {
          if (last <= order || modules.every((one) => isUp(one, observed))) return false;
          const start = waitingSince.get(order) ?? clock.now();
          since.set(order, start);
          return clock.now() - start < maxWait;
        }) ?? [];
      waitingSince = since;
      if (open === undefined) return new Set();
      return new Set(missing.filter(({ startupOrder }) => startupOrder > open).map(({ id }) => id));
    },
  };
}

function isThere(id: string, { serviceAccounts, deployments, jobs }: Observed): boolean {
  const name = presentModuleObjectName(id, serviceAccounts);
  return deployments.has(name) || jobs.has(name);
}

/** A module that runs to its end counts as up once it has ended well, too. */
function isUp({ id }: Module, { serviceAccounts, deployments, jobs }: Observed): boolean {
  const name = presentModuleObjectName(id, serviceAccounts);
  const { ready = 0, succeeded = 0 } = jobs.get(name)?.status ?? {};
  return (deployments.get(name)?.status?.readyReplicas ?? 0) + ready + succeeded > 0;
}
