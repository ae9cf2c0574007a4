import type { V1DeploymentStrategy } from "@kubernetes/client-node";
import { say } from "./message.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/** Refuses a rolling update that cannot take a step, as the API server does. */
export function checkRollingUpdate(
  { strategy, stateless }: { readonly strategy: V1DeploymentStrategy | undefined; readonly stateless: boolean },
  path: string,
  problems: Problems,
): void {
  const { type = stateless ? "RollingUpdate" : "Recreate", rollingUpdate } = strategy ?? {};
  if (type !== "RollingUpdate" || rollingUpdate === undefined) return;
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
