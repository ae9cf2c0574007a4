import type { Clock } from "#base";
import { objectNames } from "#contract";
import { type EventRecorder, type Health, silentWatches } from "#shared";
import type { ServingCertificate } from "./certificates/serving-certificate.ts";
import { endOfBundle } from "./certificates/trust-bundle.ts";
import type { Cluster } from "./cluster.ts";
import { type CertificateLife, createExpiryNotices } from "./expiry-notices.ts";
import type { Metrics } from "./metrics.ts";
import type { FollowedFiles } from "./mounted-files.ts";

/** Name of the condition that the serving certificate is valid. */
export const certificateCondition = "certificate";

const interval = 15_000;
/** What works worse while a watch is silent. */
const watches = "watches";
const shownHash = 16;
const workloadCaSecret = { apiVersion: "v1", kind: "Secret", name: objectNames.workloadCa };
const trustBundleConfigMap = { apiVersion: "v1", kind: "ConfigMap", name: objectNames.trustBundle };

/**
 * Keeps the metrics of certificates, trust bundle and watches, the readiness of the serving certificate, whether a watch
 * is silent, and the Events about CAs that end. Returns what ends it.
 */
export function followVitalSigns(options: {
  readonly files: Pick<FollowedFiles, "ca" | "trustBundle">;
  readonly certificate: ServingCertificate;
  readonly informers: Cluster["informers"];
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly health: Health;
}): () => void {
  const { files, certificate, informers, events, clock, metrics, health } = options;
  const noticeExpiry = createExpiryNotices({ events, clock });
  let cancel = () => {};

  function showCertificates(): void {
    const set = (kind: string, notAfter: number) => metrics.certificateNotAfter.set({ kind }, notAfter / 1000);
    const ends = files.trustBundle.current.authorities.map(({ notAfter }) => notAfter);
    set("workload-ca", files.ca.current.notAfter);
    set("trust-bundle", Math.min(...ends));
    set("trust-bundle-last", Math.max(...ends));
    if (certificate.current !== undefined) set("serving", certificate.current.notAfter);
  }

  function showReadiness(): void {
    const now = clock.now();
    const bundleEnd = endOfBundle(files.trustBundle.current, now);
    if (bundleEnd !== undefined)
      health.fail(certificateCondition, `the last CA of the trust bundle ended at ${isoTime(bundleEnd)}`);
    else if (certificate.current !== undefined && certificate.current.notAfter > now) health.pass(certificateCondition);
    else if (files.ca.current.notAfter > now) health.fail(certificateCondition, "no serving certificate is valid");
    else health.fail(certificateCondition, `the workload CA ended at ${isoTime(files.ca.current.notAfter)}`);
  }

  /** Does not affect readiness: while the API server is away no replica sees it, and all serve the modules they know. */
  function showWatches(): void {
    const silence = silentWatches(informers, clock, metrics.watchLastEvent);
    if (silence === undefined) health.recover(watches);
    else health.degrade(watches, silence);
  }

  function look(): void {
    showCertificates();
    metrics.trustBundle.reset();
    metrics.trustBundle.set({ hash: files.trustBundle.current.hash.slice(0, shownHash) }, 1);
    showWatches();
    showReadiness();
    noticeExpiry(livesOf(files));
    cancel = clock.after(interval, look);
  }

  look();
  const lookAtOnce = () => {
    cancel();
    look();
  };
  const unsubscribe = [certificate, files.ca, files.trustBundle].map((watched) => watched.onChange(lookAtOnce));
  return () => {
    for (const end of unsubscribe) end();
    cancel();
  };
}

function livesOf({ ca, trustBundle }: Pick<FollowedFiles, "ca" | "trustBundle">): CertificateLife[] {
  const { serialNumber } = ca.current.certificate;
  const workloadCa = { id: `workload-ca/${serialNumber}`, name: "the workload CA", regarding: workloadCaSecret };
  return [
    { ...workloadCa, notBefore: ca.current.notBefore, notAfter: ca.current.notAfter },
    ...trustBundle.current.authorities.map(({ fingerprint, notBefore, notAfter }) => {
      const name = `the CA ${fingerprint.slice(0, shownHash)} in the trust bundle`;
      return { id: `trust-bundle/${fingerprint}`, name, notBefore, notAfter, regarding: trustBundleConfigMap };
    }),
  ];
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
