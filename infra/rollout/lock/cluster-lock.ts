import { hostname } from "node:os";
import { mapConcurrently } from "../../apply/concurrency.ts";
import { attempt } from "../drivers/outcome.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock, ClusterLock, Held } from "../model/ports.ts";
import type { PlannedCluster, Run } from "../model/run.ts";
import { openLease } from "./kubernetes-lease.ts";
import { claimOf, endOf, type LeaseClient } from "./lease.ts";

/** How long a Lease counts after its last renewal. */
export const leaseDuration = 300_000;
const renewInterval = leaseDuration / 3;
const maxTries = 5;

export type OpenLease = (cluster: PlannedCluster) => Promise<LeaseClient>;

/** Locks clusters by a Lease in each: the thing that two runs must not change at once is what excludes them. */
export function openClusterLock(run: Run, clock: Clock, open: OpenLease = openLease): ClusterLock {
  return new LeaseLock(holderOf(run), clock, open);
}

/** The name under which a process of this machine holds the Leases of the run. */
export function holderOf({ id }: Pick<Run, "id">): string {
  return `${id}@${hostname()}`;
}

class LeaseLock implements ClusterLock {
  private readonly holder: string;
  private readonly clock: Clock;
  private readonly open: OpenLease;
  private readonly held = new Map<string, LeaseClient>();
  private readonly listeners: ((cluster: string, holder: string) => void)[] = [];
  private over = new AbortController();
  private renewal: Promise<void> | undefined;

  constructor(holder: string, clock: Clock, open: OpenLease) {
    this.holder = holder;
    this.clock = clock;
    this.open = open;
  }

  onLost(listener: (cluster: string, holder: string) => void): void {
    this.listeners.push(listener);
  }

  async acquire(cluster: PlannedCluster, signal: AbortSignal): Promise<Outcome<Held>> {
    return attempt<Held>(signal, async () => {
      const client = this.held.get(cluster.name) ?? (await this.open(cluster));
      const held = await this.take(cluster.name, client);
      if (held.held) {
        this.held.set(cluster.name, client);
        this.keepRenewing();
      }
      return held;
    });
  }

  private async take(name: string, client: LeaseClient): Promise<Held> {
    for (let tries = 0; tries < maxTries; tries++) {
      const now = this.clock.now();
      const lease = await client.get();
      if (lease === undefined) {
        if (await client.create(this.holder, now, leaseDuration)) return { held: true };
        continue;
      }
      const changedHands = this.held.has(name) && lease.holder !== this.holder && lease.holder !== "";
      const claim = changedHands ? "taken" : claimOf(lease, this.holder, now, leaseDuration);
      if (claim === "taken") {
        this.lose(name, lease.holder);
        return { held: false, heldBy: lease.holder, until: endOf(lease) };
      }
      if (await client.update(claim)) return { held: true };
    }
    return { held: false, heldBy: "somebody who changes it all the time", until: this.clock.now() };
  }

  private lose(name: string, holder: string): void {
    if (!this.held.delete(name)) return;
    for (const listener of this.listeners) listener(name, holder);
  }

  private keepRenewing(): void {
    this.renewal ??= this.renewUntil(this.over.signal);
  }

  private async renewUntil(signal: AbortSignal): Promise<void> {
    while (await this.sleep(signal)) {
      const renewals = [...this.held].map(async ([name, client]) => {
        // A cluster that cannot be reached is no news here: before anything is written there the Lease is taken anew.
        await attempt(signal, () => this.take(name, client)).catch(() => undefined);
      });
      await Promise.all(renewals);
    }
  }

  /** @returns false when the renewal is to end */
  private async sleep(signal: AbortSignal): Promise<boolean> {
    try {
      await this.clock.sleepUntil(this.clock.now() + renewInterval, signal);
      return !signal.aborted;
    } catch {
      return false;
    }
  }

  async releaseAll(): Promise<void> {
    this.over.abort();
    // A renewal that is under way would take back what is released meanwhile.
    await this.renewal;
    this.over = new AbortController();
    this.renewal = undefined;
    const { signal } = this.over;
    const clients = [...this.held.values()];
    this.held.clear();
    await mapConcurrently(clients, (client) => attempt(signal, () => this.giveBack(client)));
  }

  private async giveBack(client: LeaseClient): Promise<object> {
    const lease = await client.get();
    if (lease?.holder === this.holder) await client.update({ ...lease, holder: "" });
    return {};
  }
}
