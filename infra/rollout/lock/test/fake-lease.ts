import { kubernetesErrors } from "../../../kubernetes/errors.ts";
import type { LeaseClient, LeaseRecord } from "../lease.ts";

/** A Lease as an API server keeps it. */
export class FakeLease implements LeaseClient {
  record: LeaseRecord | undefined;
  updates = 0;
  isReachable = true;
  /** Called before the next update: somebody else may be faster. */
  beforeUpdate: (() => void) | undefined;

  async get(): Promise<LeaseRecord | undefined> {
    this.#answer();
    return this.record;
  }

  async create(record: Omit<LeaseRecord, "version">): Promise<LeaseRecord | undefined> {
    this.#answer();
    return this.record === undefined ? this.set(record) : undefined;
  }

  async update(record: LeaseRecord): Promise<LeaseRecord | undefined> {
    this.#answer();
    this.beforeUpdate?.();
    this.beforeUpdate = undefined;
    return record.version === this.record?.version ? this.set(record) : undefined;
  }

  async release(record: LeaseRecord): Promise<boolean> {
    this.#answer();
    this.beforeUpdate?.();
    this.beforeUpdate = undefined;
    if (this.record !== undefined && record.version !== this.record.version) return false;
    this.record = undefined;
    return true;
  }

  set(record: Omit<LeaseRecord, "version">): LeaseRecord {
    this.updates += 1;
    this.record = { ...record, version: String(this.updates) };
    return this.record;
  }

  #answer(): void {
    if (!this.isReachable)
      throw kubernetesErrors.EDGE_APPLY_UNREACHABLE({ server: "s", context: "c", problem: "down" });
  }
}
