import { applyErrors } from "#errors";
import type { LeaseClient, LeaseRecord } from "../lease.ts";

/** A Lease as an API server keeps it. */
export class FakeLease implements LeaseClient {
  record: LeaseRecord | undefined;
  updates = 0;
  isReachable = true;
  /** Called before the next update: somebody else may be faster. */
  beforeUpdate: (() => void) | undefined;

  async get(): Promise<LeaseRecord | undefined> {
    if (!this.isReachable) throw applyErrors.EDGE_APPLY_UNREACHABLE({ server: "s", context: "c", problem: "down" });
    return this.record;
  }

  async create(holder: string, now: number, durationMs: number): Promise<boolean> {
    if (this.record !== undefined) return false;
    this.set({ holder, renewedAt: now, durationMs, transitions: 0 });
    return true;
  }

  async update(record: LeaseRecord): Promise<boolean> {
    this.beforeUpdate?.();
    this.beforeUpdate = undefined;
    if (record.version !== this.record?.version) return false;
    this.set(record);
    return true;
  }

  set(record: Omit<LeaseRecord, "version">): void {
    this.updates += 1;
    this.record = { ...record, version: String(this.updates) };
  }
}
