import { hostname } from "node:os";
import { mapConcurrently } from "#base";
import { attempt } from "../drivers/outcome.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock, ClusterLock, Held } from "../model/ports.ts";
import type { LockedCluster, Run } from "../model/run.ts";
import { openLease } from "./kubernetes-lease.ts";
import { claimOf, isFree, type LeaseClient, type LeaseRecord, leaseDuration } from "./lease.ts";
import { outlast } from "./outlast.ts";
import type { Watch } from "./watch.ts";

const renewInterval = leaseDuration / 4;
/** After a renewal that did not succeed. */
const retryInterval = 2_000;
const maxTries = 5;

export type OpenLease = (cluster: LockedCluster) => Promise<LeaseClient>;

/** Told when a Lease has to be watched. */
export type OnWatch = (watch: Watch) => void;

/** Locks clusters by a Lease in each: the thing that two runs must not change at once is what excludes them. */
export function openClusterLock(
  run: Pick<Run, "id">,
  clock: Clock,
  onWatch: OnWatch = () => {},
  open: OpenLease = openLease,
): ClusterLock {
  return new LeaseLock(holderOf(run), clock, onWatch, open);
}

/** The name under which a process of this machine holds the Leases of the run. */
export function holderOf({ id }: Pick<Run, "id">): string {
  return `${id}@${hostname()}`;
}

/** A Lease that this process has. */
interface Holding {
  readonly client: LeaseClient;
  /** As it was renewed last. */
  lease: LeaseRecord;
  readonly over: AbortController;
  renewal: Promise<void>;
}

class LeaseLock implements ClusterLock {
  private readonly holder: string;
  private readonly clock: Clock;
  private readonly onWatch: OnWatch;
  private readonly open: OpenLease;
  private readonly held = new Map<string, Holding>();
  private readonly listeners: ((cluster: string, holder: string) => void)[] = [];

  constructor(holder: string, clock: Clock, onWatch: OnWatch, open: OpenLease) {
    this.holder = holder;
    this.clock = clock;
    this.onWatch = onWatch;
    this.open = open;
  }

  onLost(listener: (cluster: string, holder: string) => void): void {
    this.listeners.push(listener);
  }

  async acquire(cluster: LockedCluster, signal: AbortSignal): Promise<Outcome<Held>> {
    return attempt<Held>(signal, async () => {
      const holding = this.held.get(cluster.name);
      if (holding !== undefined) return this.keep(cluster.name, holding);
      return this.take(cluster.name, await this.open(cluster), signal);
    });
  }

  /** Takes a Lease that this process does not have. */
  private async take(name: string, client: LeaseClient, signal: AbortSignal): Promise<Held> {
    for (let tries = 0; tries < maxTries; tries++) {
      const lease = await client.get();
      if (lease !== undefined && !isFree(lease, this.holder, this.clock.now())) {
        this.onWatch({ cluster: name, holder: lease.holder, ms: lease.durationMs });
        const holder = await outlast(client, lease, this.clock, signal);
        if (holder !== undefined) return { held: false, heldBy: holder };
      }
      const taken = await this.write(client, lease);
      if (taken === undefined) continue;
      this.hold(name, client, taken);
      return { held: true };
    }
    return { held: false, heldBy: "somebody who changes it all the time" };
  }

  /** Renews a Lease that this process has, unless somebody else has taken it. */
  private async keep(name: string, holding: Holding): Promise<Held> {
    let lease: LeaseRecord | undefined = holding.lease;
    for (let tries = 0; tries < maxTries; tries++) {
      const kept = await this.write(holding.client, lease);
      if (kept !== undefined) {
        holding.lease = kept;
        return { held: true };
      }
      lease = await holding.client.get();
      if (lease !== undefined && lease.holder !== "" && lease.holder !== this.holder) return this.lose(name, lease);
    }
    return { held: false, heldBy: "somebody who changes it all the time" };
  }

  /** @returns undefined where somebody else was faster */
  private write(client: LeaseClient, lease: LeaseRecord | undefined): Promise<LeaseRecord | undefined> {
    const now = this.clock.now();
    if (lease !== undefined) return client.update(claimOf(lease, this.holder, now));
    return client.create({ holder: this.holder, renewedAt: now, durationMs: leaseDuration, transitions: 0 });
  }

  private hold(name: string, client: LeaseClient, lease: LeaseRecord): void {
    const holding: Holding = { client, lease, over: new AbortController(), renewal: Promise.resolve() };
    this.held.set(name, holding);
    holding.renewal = this.renew(name, holding);
  }

  private lose(name: string, { holder }: LeaseRecord): Held {
    this.held.get(name)?.over.abort();
    if (this.held.delete(name)) for (const listener of this.listeners) listener(name, holder);
    return { held: false, heldBy: holder };
  }

  /** Each Lease by itself: a cluster that gives no answer must not hold up the renewals of others. */
  private async renew(name: string, holding: Holding): Promise<void> {
    const { signal } = holding.over;
    let pause = renewInterval;
    while (await this.sleep(pause, signal)) {
      // A cluster that cannot be reached is no news here: before anything is written there the Lease is renewed first.
      const renewed = await attempt<Held>(signal, () => this.keep(name, holding)).catch(() => undefined);
      pause = renewed?.outcome === "ok" ? renewInterval : retryInterval;
    }
  }

  /** @returns false when the renewal is to end */
  private async sleep(duration: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.clock.sleepUntil(this.clock.now() + duration, signal);
      return !signal.aborted;
    } catch {
      return false;
    }
  }

  async releaseAll(): Promise<void> {
    const holdings = [...this.held.values()];
    this.held.clear();
    for (const { over } of holdings) over.abort();
    const { signal } = new AbortController();
    await mapConcurrently(holdings, async ({ renewal, client }) => {
      // A renewal that is under way would take back what is released meanwhile.
      await renewal;
      await attempt(signal, () => this.giveBack(client));
    });
  }

  private async giveBack(client: LeaseClient): Promise<object> {
    const lease = await client.get();
    if (lease?.holder === this.holder) await client.update({ ...lease, holder: "" });
    return {};
  }
}
