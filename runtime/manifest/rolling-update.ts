import type { V1DeploymentStrategy } from "@kubernetes/client-node";
import { say } from "./message.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

interface StrategyOptions {
  readonly strategy?: V1DeploymentStrategy | undefined;
  readonly stateless?: boolean | undefined;
}

/** How a module's pods give way to new ones where it does not say: two pods have one identity, unless it is stateless. */
export function strategyTypeOf({ strategy, stateless }: StrategyOptions): string {
  return strategy?.type ?? (stateless ? "RollingUpdate" : "Recreate");
}

/** Refuses a rolling update that cannot take a step, as the API server does. */
export function checkRollingUpdate(options: StrategyOptions, path: string, problems: Problems): void {
  const { rollingUpdate } = options.strategy ?? {};
  if (strategyTypeOf(options) !== "RollingUpdate" || rollingUpdate === undefined) return;
  const { maxSurge, maxUnavailable } = rollingUpdate;
  const at = pathOf(pathOf(path, "rollingUpdate"), "maxUnavailable");
  if (isNothing(maxSurge) && isNothing(maxUnavailable)) {
    problems.error(at, "is 0, as maxSurge is: no pod could be changed", 'Write "maxUnavailable": 1.');
  }
  const [, share] = /^(\d+)%$/.exec(String(maxUnavailable)) ?? [];
  if (Number(share ?? 0) > 100) {
    problems.error(at, say`${shown(maxUnavailable)} is more than all pods`, "Write at most 100%.");
  }
}

const isNothing = (amount: unknown) => /^0+%?$/.test(String(amount));
