import type { Clock } from "#base";
import { presentModuleObjectName } from "#contract";
import type { Module } from "#manifest";
import { isTerminating, type Observed } from "./observed.ts";

/**
 * How long in milliseconds a pod that nobody ends is waited for. Kubernetes ends those of a Deployment that is gone within
 * seconds; one that was left on purpose (`--cascade=orphan`) is taken over by the Deployment that is made again.
 */
const maxWait = 30_000;

/**
 * Keeps a module from being started while its pod of before still ends: Kubernetes waits for that within a Deployment that
 * changes alone, not where it is made anew, or had been stopped.
 */
export interface EndingPods {
  /** Ids of the modules that wait. */
  held(modules: readonly Module[], observed: Observed): ReadonlySet<string>;
}

export function createEndingPods(clock: Clock): EndingPods {
  let waitingSince: ReadonlyMap<string, number> = new Map();

  return {
    held(modules, observed) {
      const since = new Map<string, number>();
      const waits = ({ id, status, pod }: Module) => {
        const name = presentModuleObjectName(id, observed.serviceAccounts);
        const pods = observed.modulePods.get(name) ?? [];
        if (status !== "running" || pod.stateless || pods.length === 0 || isStarted(name, observed)) return false;
        const start = waitingSince.get(id) ?? clock.now();
        since.set(id, start);
        return pods.some(isTerminating) || clock.now() - start < maxWait;
      };
      const ids = modules.filter(waits).map(({ id }) => id);
      waitingSince = since;
      return new Set(ids);
    },
  };
}

function isStarted(name: string, { deployments, jobs }: Observed): boolean {
  const deployment = deployments.get(name);
  return jobs.has(name) || (deployment !== undefined && deployment.spec?.replicas !== 0);
}
