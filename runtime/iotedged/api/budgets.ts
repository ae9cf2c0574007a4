import type { Clock } from "#base";
import type { IotedgedSettings } from "#contract";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { tooMany } from "../http-error.ts";
import { createRateLimiter } from "../rate-limiter.ts";

/** What a request is counted under. Issuing certificates is expensive, and must not keep a module from signing. */
export type Budget = "requests" | "certificates";

/** What a module may ask for in a time: a second's requests, and a minute's certificates, may come at once. */
export interface Budgets {
  /** @throws HttpError 429 when the module has spent what it has at this replica */
  spend(budget: Budget, module: ModuleIdentity): void;
}

export function createBudgets(options: { limits: IotedgedSettings["limits"]; clock: Clock }): Budgets {
  const { requestsPerSecond: requests, certificatesPerMinute: certificates } = options.limits;
  const limiters = {
    requests: createRateLimiter({ ...options, burst: requests, perSecond: requests }),
    certificates: createRateLimiter({ ...options, burst: certificates, perSecond: certificates / 60 }),
  };
  return {
    spend: (budget, { generationId }) => {
      const wait = limiters[budget].take(generationId);
      if (wait > 0) throw tooMany("rate-limited", "This module asks too often, try again later", wait);
    },
  };
}
