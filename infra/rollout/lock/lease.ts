/** What a Lease of coordination.k8s.io says about who has it. */
export interface LeaseRecord {
  readonly holder: string;
  /** Milliseconds since 1970, by the clock of the holder. */
  readonly renewedAt: number;
  readonly durationMs: number;
  /** How often it has changed hands. */
  readonly transitions: number;
  /** Version of the object: a change that names another one is refused. */
  readonly version: string;
}

/** The Lease of one cluster. */
export interface LeaseClient {
  get(): Promise<LeaseRecord | undefined>;
  /** @returns undefined where there is one already */
  create(record: Omit<LeaseRecord, "version">): Promise<LeaseRecord | undefined>;
  /** @returns undefined where it was changed since it was read */
  update(record: LeaseRecord): Promise<LeaseRecord | undefined>;
}

/** How long a Lease must have been watched without a renewal until it may be taken over. */
export const leaseDuration = 60_000;
/**
 * A Lease that was not renewed for this long beyond its duration, by the clock of the machine that looks, is abandoned:
 * clocks of machines that roll out differ by less.
 */
const clockDifference = 300_000;

/** Whether the holder has it now, or the Lease need not be watched first. */
export function isFree(lease: LeaseRecord, holder: string, now: number): boolean {
  if (lease.holder === "" || lease.holder === holder) return true;
  return now >= lease.renewedAt + lease.durationMs + clockDifference;
}

/** The Lease as `holder` has it from now on. */
export function claimOf(lease: LeaseRecord, holder: string, now: number): LeaseRecord {
  const transitions = lease.transitions + (lease.holder === holder ? 0 : 1);
  return { ...lease, holder, renewedAt: now, durationMs: leaseDuration, transitions };
}
