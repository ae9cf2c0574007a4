import type { Lease } from "./lease.ts";

/** A Lease, and since when this process knows that version of it. */
export interface Observation {
  readonly lease: Lease;
  /** By this process's clock: clocks of other machines do not count. */
  readonly since: number;
}

/** Takes note of what was read: a version that was known already keeps its time. */
export function observe(before: Observation | undefined, lease: Lease, now: number): Observation {
  const isKnown = before?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
  return isKnown && before !== undefined ? before : { lease, since: now };
}

/** Name of who holds the Lease; undefined when nobody does. */
export function holderOf(lease: Lease): string | undefined {
  return lease.spec?.holderIdentity || undefined;
}

/** Whether somebody other than `identity` may still lead. */
export function isTaken({ lease, since }: Observation, identity: string, now: number): boolean {
  const holder = holderOf(lease);
  if (holder === undefined || holder === identity) return false;
  return now < since + (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
}

/**
 * The Lease as `identity` holds it from now on.
 *
 * @param now milliseconds since the epoch, for people to read
 */
export function heldBy(identity: string, lease: Lease, leaseDuration: number, now: number): Lease {
  const time = microTime(now);
  const { acquireTime, leaseTransitions } = lease.spec ?? {};
  const isRenewal = holderOf(lease) === identity;
  const isFirst = lease.spec === undefined;
  return {
    ...lease,
    spec: {
      ...lease.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDuration / 1000),
      acquireTime: isRenewal && acquireTime ? acquireTime : time,
      renewTime: time,
      leaseTransitions: isRenewal || isFirst ? (leaseTransitions ?? 0) : (leaseTransitions ?? 0) + 1,
    },
  };
}

/** The Lease given back: whoever reads it may take it at once. */
export function released(lease: Lease, now: number): Lease {
  return {
    ...lease,
    spec: { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(now) } as Lease["spec"] &
      object,
  };
}

/** RFC 3339 with six digits, as the API's MicroTime wants it. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
