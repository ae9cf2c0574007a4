import { systemTimer } from "#base";
import type { ClusterDriver, ClusterLock, Event, Journal, Outcome, PlannedCluster, Run } from "../../model/index.ts";
import type { ExecutorPorts, Inbox, Request } from "../ports.ts";

/** A journal in memory: what it holds survives the executor, as a file would. */
export class MemoryJournal implements Journal {
  readonly run: Run;
  readonly written: Event[];

  constructor(run: Run, written: Event[] = []) {
    this.run = run;
    this.written = written;
  }
  get events(): readonly Event[] {
    return [...this.written];
  }
  async append(...events: readonly Event[]): Promise<void> {
    this.written.push(...events);
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Clusters that hold a revision, and a driver for them that notes what it was asked for. */
export class FakeFleet implements ClusterDriver {
  readonly revisions = new Map<string, string>();
  readonly calls: string[] = [];
  readonly unhealthy = new Set<string>();
  /** Work that hangs until it is cancelled: `apply/a`. */
  readonly hanging = new Set<string>();

  async plan(): Promise<Outcome<never>> {
    throw new Error("an executor makes no plan");
  }
  async preflight(cluster: PlannedCluster) {
    this.calls.push(`preflight ${cluster.name}`);
    return { outcome: "ok" as const, checks: [] };
  }
  async preview(cluster: PlannedCluster) {
    this.calls.push(`preview ${cluster.name}`);
    const previous = { file: this.revisions.get(cluster.name) ?? "old", digest: "d" };
    return { outcome: "ok" as const, changeDigest: "planned", changes: 1, previous };
  }
  async apply(cluster: PlannedCluster, signal: AbortSignal): Promise<Outcome> {
    this.calls.push(`apply ${cluster.name}`);
    if (this.hanging.has(`apply/${cluster.name}`)) await untilAborted(signal);
    if (signal.aborted) return { outcome: "failed", failure: { code: "C", message: "cancelled", remedy: "" } };
    this.revisions.set(cluster.name, "new");
    return { outcome: "ok" };
  }
  async health(cluster: PlannedCluster) {
    const healthy = !this.unhealthy.has(cluster.name);
    this.calls.push(`health ${cluster.name}`);
    return { outcome: "ok" as const, healthy, checks: [] };
  }
  async rollback(cluster: PlannedCluster, to: { readonly file: string }): Promise<Outcome> {
    this.calls.push(`rollback ${cluster.name}`);
    this.revisions.set(cluster.name, to.file);
    return { outcome: "ok" };
  }
  async drift(): Promise<Outcome<never>> {
    throw new Error("an executor looks for no drift");
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

export const freeLock: ClusterLock = {
  acquire: async () => ({ outcome: "ok", held: true }),
  keepAll: () => {},
  onLost: () => {},
  releaseAll: async () => {},
};

/** Requests that a test makes. */
export class FakeInbox implements Inbox {
  readonly waiting: Request[] = [];
  readonly answers: (string | undefined)[] = [];

  async take(): Promise<readonly Request[]> {
    return this.waiting.splice(0);
  }
  ask(event: Request["event"]): void {
    this.waiting.push({ event, settle: async (refusal) => void this.answers.push(refusal?.message) });
  }
}

export function fakePorts(driver: ClusterDriver, more: Partial<ExecutorPorts> = {}): ExecutorPorts {
  return {
    driver,
    lock: freeLock,
    gates: { evaluate: async () => ({ passed: true, evidence: "" }) },
    notifier: { notify: async () => undefined },
    timer: systemTimer,
    inbox: new FakeInbox(),
    observe: () => {},
    ...more,
  };
}
