import type { Clock } from "#base";
import type { Watched } from "#shared";
import { alternativeNames } from "./host-names.ts";
import { type IssuedCertificate, issueCertificate } from "./issue.ts";
import type { WorkloadCa } from "./workload-ca.ts";

/** iotedged's own certificate, one that is good for a while. */
export interface ServingCertificate {
  /** Undefined until one could be issued. */
  readonly current: IssuedCertificate | undefined;
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
  /** Told of each certificate that could not be issued; the present one stays. */
  readonly onFailure: (error: unknown) => void;
}

const dayMilliseconds = 86_400_000;
const retryInterval = 60_000;
/** Timers of Node.js end at 24 days, and sleep through a suspended machine: look at the clock at least this often. */
const longestSleep = 3_600_000;

/**
 * Issues a certificate and renews it at about half its life, and whenever the CA changes. While the CA cannot issue one,
 * there is none at the start, and later the last one stays.
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

  let current: IssuedCertificate | undefined;
  let renewAt = clock.now();
  let queue = Promise.resolve();
  let cancel = () => {};
  let stopped = false;

  async function renew(): Promise<void> {
    try {
      const issued = await issue();
      current = issued;
      renewAt = renewalOf(issued);
      for (const listener of listeners) listener(issued);
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

  await renew();
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
