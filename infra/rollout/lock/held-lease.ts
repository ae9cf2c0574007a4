import type { Timer } from "#base";
import { attempt } from "../drivers/outcome.ts";
import type { Held } from "../model/ports.ts";
import { claimLease, type LeaseClient, type LeaseRecord, leaseDuration, maxTries, unsteadyHolder } from "./lease.ts";

const renewInterval = leaseDuration / 4;
/** After a renewal that did not succeed. */
const retryInterval = 2_000;

export interface HeldLeaseOptions {
  readonly client: LeaseClient;
  /** As this process has taken it. */
  readonly lease: LeaseRecord;
  readonly holder: string;
  readonly timer: Timer;
  /** Called when somebody else has taken it. */
  readonly lose: (holder: string) => void;
}

/**
 * A Lease that this process has, and renews until it is released or lost. Each by itself: a cluster that gives no answer
 * must not hold up the renewals of others.
 */
export class HeldLease {
  readonly #options: HeldLeaseOptions;
  readonly #over = new AbortController();
  readonly #renewal: Promise<void>;
  #lease: LeaseRecord;

  constructor(options: HeldLeaseOptions) {
    this.#options = options;
    this.#lease = options.lease;
    this.#renewal = this.#renew();
  }

  /** Renews it, unless somebody else has taken it. */
  async keep(): Promise<Held> {
    const { client, holder, timer, lose } = this.#options;
    let lease: LeaseRecord | undefined = this.#lease;
    for (let tries = 0; tries < maxTries; tries++) {
      const kept = await claimLease(client, lease, holder, timer.now());
      if (kept !== undefined) {
        this.#lease = kept;
        return { held: true };
      }
      lease = await client.get();
      if (lease !== undefined && lease.holder !== "" && lease.holder !== holder) {
        this.endRenewal();
        lose(lease.holder);
        return { held: false, heldBy: lease.holder };
      }
    }
    return { held: false, heldBy: unsteadyHolder };
  }

  async #show(): Promise<Held> {
    const { client } = this.#options;
    if (client.renew === undefined) return this.keep();
    await client.renew();
    return { held: true };
  }

  async #renew(): Promise<void> {
    const { signal } = this.#over;
    let pause = renewInterval;
    while (await this.#sleep(pause, signal)) {
      // A cluster that cannot be reached is no news here: before anything is written there the Lease is renewed first.
      const renewed = await attempt<Held>(signal, () => this.#show()).catch(() => undefined);
      pause = renewed?.outcome === "ok" ? renewInterval : retryInterval;
    }
  }

  /** @returns false when the renewal is to end */
  #sleep(milliseconds: number, signal: AbortSignal): Promise<boolean> {
    const slept = this.#options.timer.sleep(milliseconds, signal);
    return slept.then(
      () => !signal.aborted,
      () => false,
    );
  }

  endRenewal(): void {
    this.#over.abort();
  }

  /** Gives it back, as far as the cluster can be reached. */
  async release(): Promise<void> {
    const { client, holder } = this.#options;
    // A renewal that is under way would take back what is released meanwhile.
    await this.#renewal;
    await attempt(new AbortController().signal, async () => {
      const lease = await client.get();
      if (lease?.holder === holder) await client.release(lease);
      return {};
    });
  }
}
