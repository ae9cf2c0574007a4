import type { Clock } from "#base";
import { moduleObjectName } from "#contract";
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
    held(modules, observed) {
      const running = modules.filter(({ status }) => status === "running");
      const missing = running.filter(({ id }) => !isThere(id, observed));
      const since = new Map<number, number>();
      const orders = [...new Set(running.map(({ startupOrder }) => startupOrder))].sort((a, b) => a - b);
      const open = orders.find((order) => {
        const isWaitedFor = missing.some(({ startupOrder }) => startupOrder > order);
        if (!isWaitedFor || running.every((one) => one.startupOrder !== order || isUp(one, observed))) return false;
        const start = waitingSince.get(order) ?? clock.now();
        since.set(order, start);
        return clock.now() - start < maxWait;
      });
      waitingSince = since;
      if (open === undefined) return new Set();
      return new Set(missing.filter(({ startupOrder }) => startupOrder > open).map(({ id }) => id));
    },
  };
}

function isThere(id: string, { deployments, jobs }: Observed): boolean {
  const name = moduleObjectName(id);
  return deployments.has(name) || jobs.has(name);
}

/** A module that runs to its end counts as up once it has ended well, too. */
function isUp({ id }: Module, { deployments, jobs }: Observed): boolean {
  const name = moduleObjectName(id);
  const { ready = 0, succeeded = 0 } = jobs.get(name)?.status ?? {};
  return (deployments.get(name)?.status?.readyReplicas ?? 0) + ready + succeeded > 0;
}
