import type { Clock } from "#base";
import type { IotedgedSettings } from "#contract";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { tooManyRequests } from "./http-error.ts";
import { createRateLimiter, type RateLimiter } from "./rate-limiter.ts";

/** What a request is counted under. Issuing certificates is dear, and must not keep a module from signing. */
export type Budget = "requests" | "certificates";

/** What a module may ask for in a time. */
export interface Budgets {
  /** @throws HttpError 429 when the module has spent what it has */
  spend(budget: Budget, module: ModuleIdentity): void;
}

/**
 * Budgets of every module: a second's requests, and a minute's certificates, may come at once.
 *
 * @param options.limits of one module; all replicas of iotedged have their own
 */
export function createBudgets(options: {
  readonly limits: IotedgedSettings["limits"];
  readonly clock: Clock;
}): Budgets {
  const { limits, clock } = options;
  const { requestsPerSecond, certificatesPerMinute } = limits;
  const limiters: Readonly<Record<Budget, RateLimiter>> = {
    requests: createRateLimiter({ clock, burst: requestsPerSecond, perSecond: requestsPerSecond }),
    certificates: createRateLimiter({ clock, burst: certificatesPerMinute, perSecond: certificatesPerMinute / 60 }),
  };
  return {
    spend: (budget, { generationId }) => {
      const wait = limiters[budget].take(generationId);
      if (wait > 0) throw tooManyRequests(Math.ceil(wait / 1000));
    },
  };
}
