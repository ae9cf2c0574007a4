import type { Clock } from "../../shared/clock.ts";
import type { Watched } from "../../shared/watched-files.ts";
import { alternativeNames } from "./host-names.ts";
import { type IssuedCertificate, issueCertificate } from "./issue.ts";
import type { WorkloadCa } from "./workload-ca.ts";

/** iotedged's own certificate, always one that is good for a while. */
export interface ServingCertificate {
  readonly current: IssuedCertificate;
  /** Called with each new certificate. Returns the unsubscriber. */
  onChange(listener: (certificate: IssuedCertificate) => void): () => void;
  stop(): void;
}

export interface ServingCertificateOptions {
  readonly ca: Watched<WorkloadCa>;
  /** The first is the common name. */
  readonly hosts: readonly [string, ...string[]];
  readonly days: number;
  readonly clock: Clock;
  /** Number in [0, 1): replicas that started together renew apart. */
  readonly random: () => number;
  /** Told of each renewal that did not work; the present certificate stays. */
  readonly onFailure: (error: unknown) => void;
}

const dayMilliseconds = 86_400_000;
const retryInterval = 60_000;
/** Timers of Node.js end at 24 days, and sleep through a suspended machine: look at the clock at least this often. */
const longestSleep = 3_600_000;

/**
 * Issues a certificate and renews it at about half its life, and whenever the CA changes.
 *
 * @throws EDGE_IOTEDGED_CA_EXPIRED when the first cannot be issued
 */
export async function startServingCertificate(options: ServingCertificateOptions): Promise<ServingCertificate> {
  const { ca, hosts, days, clock, random, onFailure } = options;
  const listeners = new Set<(certificate: IssuedCertificate) => void>();
  const issue = () => {
    const notAfter = clock.now() + days * dayMilliseconds;
    const request = {
      commonName: hosts[0],
      alternativeNames: alternativeNames(hosts),
      usage: "server",
      notAfter,
    } as const;
    return issueCertificate(ca.current, request, clock.now());
  };
  const renewalOf = ({ notBefore, notAfter }: IssuedCertificate) =>
    notBefore + (notAfter - notBefore) * (0.45 + 0.1 * random());

  let current = await issue();
  let renewAt = renewalOf(current);
  let queue = Promise.resolve();
  let cancel = () => {};
  let stopped = false;

  async function renew(): Promise<void> {
    try {
      current = await issue();
      renewAt = renewalOf(current);
      for (const listener of listeners) listener(current);
    } catch (error) {
      renewAt = clock.now() + retryInterval;
      onFailure(error);
    }
  }

  /** One at a time, so that a certificate of an older CA never follows one of a newer. */
  function enqueue(): void {
    queue = queue.then(renew).then(schedule);
  }

  function schedule(): void {
    cancel();
    if (stopped) return;
    const wait = Math.max(0, renewAt - clock.now());
    cancel = clock.after(Math.min(wait, longestSleep), wait <= longestSleep ? enqueue : schedule);
  }

  schedule();
  const unsubscribe = ca.onChange(enqueue);
  return {
    get current() {
      return current;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => {
      stopped = true;
      unsubscribe();
      cancel();
    },
  };
}
