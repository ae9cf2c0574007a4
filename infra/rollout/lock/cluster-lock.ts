import { hostname } from "node:os";
import { mapConcurrently, type Timer } from "#base";
import { attempt } from "../drivers/outcome.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ClusterLock, Held } from "../model/ports.ts";
import type { LockedCluster, Run } from "../model/run.ts";
import { HeldLease } from "./held-lease.ts";
import {
  claimLease,
  isFree,
  type LeaseClient,
  type LeaseRecord,
  maxTries,
  unsteadyHolder,
  type Watch,
  watchLease,
} from "./lease.ts";
import { type OpenLease, openLease } from "./open-lease.ts";

/** Told when a Lease has to be watched. */
export type OnWatch = (watch: Watch) => void;

/** Locks clusters by a Lease in each, or a tag: the thing that two runs must not change at once is what excludes them. */
export function openClusterLock(
  run: Pick<Run, "id">,
  timer: Timer,
  onWatch: OnWatch = () => {},
  open: OpenLease = openLease,
): ClusterLock {
  return new LeaseLock(holderOf(run), timer, onWatch, open);
}

/** The name under which a process of this machine holds the Leases of the run. */
export function holderOf({ id }: Pick<Run, "id">): string {
  return `${id}@${hostname()}`;
}

class LeaseLock implements ClusterLock {
  readonly #holder: string;
  readonly #timer: Timer;
  readonly #onWatch: OnWatch;
  readonly #open: OpenLease;
  readonly #held = new Map<string, HeldLease>();
  /** What is done last with the lock of a cluster. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #kept: Promise<unknown> = Promise.resolve();
  readonly #listeners: ((cluster: string, holder: string) => void)[] = [];

  constructor(holder: string, timer: Timer, onWatch: OnWatch, open: OpenLease) {
    this.#holder = holder;
    this.#timer = timer;
    this.#onWatch = onWatch;
    this.#open = open;
  }

  onLost(listener: (cluster: string, holder: string) => void): void {
    this.#listeners.push(listener);
  }

  acquire(cluster: LockedCluster, signal: AbortSignal): Promise<Outcome<Held>> {
    return this.#inTurn(cluster.name, () =>
      attempt<Held>(signal, async () => {
        const held = this.#held.get(cluster.name);
        return held === undefined ? this.#take(cluster.name, await this.#open(cluster), signal) : held.keep();
      }),
    );
  }

  keepAll(clusters: readonly LockedCluster[], signal: AbortSignal): void {
    const keep = (cluster: LockedCluster) =>
      this.#inTurn(cluster.name, () => attempt(signal, () => this.#keepOwn(cluster)));
    this.#kept = mapConcurrently(clusters, keep);
  }

  async #keepOwn(cluster: LockedCluster): Promise<object> {
    if (this.#held.has(cluster.name)) return {};
    const client = await this.#open(cluster);
    const lease = await client.get();
    if (lease?.holder !== this.#holder) return {};
    const kept = await claimLease(client, lease, this.#holder, this.#timer.now());
    if (kept !== undefined) this.#hold(cluster.name, client, kept);
    return {};
  }

  /** Whoever takes a lock must see whether it was taken before. */
  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work);
    this.#turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }

  /** Takes a Lease that this process does not have. */
  async #take(name: string, client: LeaseClient, signal: AbortSignal): Promise<Held> {
    for (let tries = 0; tries < maxTries; tries++) {
      const lease = await client.get();
      if (lease !== undefined && !isFree(lease, this.#holder, this.#timer.now())) {
        this.#onWatch({ cluster: name, holder: lease.holder, ms: lease.durationMs });
        const holder = await watchLease(client, lease, this.#timer, signal);
        if (holder !== undefined) return { held: false, heldBy: holder };
      }
      const taken = await claimLease(client, lease, this.#holder, this.#timer.now());
      if (taken === undefined) continue;
      this.#hold(name, client, taken);
      return { held: true };
    }
    return { held: false, heldBy: unsteadyHolder };
  }

  #hold(name: string, client: LeaseClient, lease: LeaseRecord): void {
    const lose = (holder: string) => this.#lose(name, holder);
    this.#held.set(name, new HeldLease({ client, lease, holder: this.#holder, timer: this.#timer, lose }));
  }

  #lose(name: string, holder: string): void {
    if (this.#held.delete(name)) for (const listener of this.#listeners) listener(name, holder);
  }

  async releaseAll(): Promise<void> {
    await this.#kept;
    const all = [...this.#held.values()];
    this.#held.clear();
    for (const held of all) held.endRenewal();
    await mapConcurrently(all, (held) => held.release());
  }
}
