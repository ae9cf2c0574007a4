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
  /** @returns false where there is one already */
  create(holder: string, now: number, durationMs: number): Promise<boolean>;
  /** @returns false where it was changed since it was read */
  update(record: LeaseRecord): Promise<boolean>;
}

/** Clocks of machines that roll out differ by less than this. */
const clockDifference = 60_000;

/** When nobody can believe any more to have the Lease. */
export function endOf({ renewedAt, durationMs }: LeaseRecord): number {
  return renewedAt + durationMs + clockDifference;
}

/** What is to be done to have the Lease. */
export function claimOf(lease: LeaseRecord, holder: string, now: number, durationMs: number): LeaseRecord | "taken" {
  const renewed = { ...lease, holder, renewedAt: now, durationMs };
  if (lease.holder === holder) return renewed;
  if (lease.holder !== "" && now < endOf(lease)) return "taken";
  return { ...renewed, transitions: lease.transitions + 1 };
}
