import type { Clock } from "#base";
import type { Logger } from "#shared";
import { createRateLimiter } from "../rate-limiter.ts";
import { type Act, auditLineOf, type Who, whoOf } from "./audit-line.ts";

/** Tells operators who was refused what, and who did what, by one line of the log each, however fast they come. */
export interface AuditLog {
  tell(act: Act): void;
  /** Tells what was left out so far. */
  stop(): void;
}

interface LeftOut {
  readonly act: Pick<Act, "action" | "rule">;
  readonly who: Who;
  count: number;
}

/** Lines of one who and one rule (or action) that may come at once, and how many come back in a second. */
export const auditRate = { burst: 5, perSecond: 0.1 } as const;
/** The same of all whom no token proves, so that many addresses cannot do what one may not. */
export const unprovenRate = { burst: 100, perSecond: 1 } as const;
/** Counts are told after so many milliseconds at the latest. */
export const countInterval = 60_000;
/** Counts that are kept apart; those beyond it are told as one. */
const maxCounts = 256;
const others = "others";

/** Lines are written whatever the log's level is: what was done must not depend on how much is told of the rest. */
export function createAuditLog(options: {
  readonly log: Logger;
  readonly clock: Clock;
  /** Whether there is a module of that Kubernetes name. */
  readonly isModule: (objectName: string) => boolean;
}): AuditLog {
  const { clock, isModule } = options;
  const log = options.log.child({}, { level: "info" });
  const ofEach = createRateLimiter({ clock, ...auditRate });
  const ofUnproven = createRateLimiter({ clock, ...unprovenRate });
  const leftOut = new Map<string, LeftOut>();
  let cancel: (() => void) | undefined;

  function tell(act: Act): void {
    const { outcome, action, rule, who } = act;
    const key = `${who.podUid ?? who.account ?? who.address} ${outcome} ${outcome === "done" ? action : rule}`;
    if (!isDue(key, who)) {
      leaveOut(key, act);
      return;
    }
    const count = leftOut.get(key)?.count;
    leftOut.delete(key);
    log.info({ ...auditLineOf(act, isModule), ...(count !== undefined && { leftOut: count }) }, `request ${outcome}`);
  }

  function isDue(key: string, who: Who): boolean {
    if (ofEach.take(key) > 0) return false;
    return who.podUid !== undefined || ofUnproven.take("") === 0;
  }

  function leaveOut(key: string, { action, rule, who }: Act): void {
    const place = leftOut.has(key) || leftOut.size < maxCounts ? key : others;
    const known = leftOut.get(place);
    if (known !== undefined) known.count++;
    else leftOut.set(place, { act: { action, rule }, who, count: 1 });
    cancel ??= clock.after(countInterval, tellCounts);
  }

  function tellCounts(): void {
    cancel?.();
    cancel = undefined;
    for (const [key, { act, who, count }] of leftOut) {
      const what = key === others ? {} : { ...act, ...whoOf(who) };
      log.info({ audit: "left-out", ...what, leftOut: count }, "lines left out");
    }
    leftOut.clear();
  }

  return { tell, stop: tellCounts };
}
