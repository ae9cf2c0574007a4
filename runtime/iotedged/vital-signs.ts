import type { Clock } from "../shared/clock.ts";
import type { Health } from "../shared/health.ts";
import type { ServingCertificate } from "./certificates/serving-certificate.ts";
import type { Cluster } from "./cluster.ts";
import type { Metrics } from "./metrics.ts";
import type { FollowedFiles } from "./mounted-files.ts";

/** Name of the condition that the serving certificate is valid. */
export const certificateCondition = "certificate";

const interval = 15_000;
const shownHash = 16;

/** Keeps the metrics of certificates, trust bundle and watches, and the readiness of the certificate. Returns what ends it. */
export function followVitalSigns(options: {
  readonly files: Pick<FollowedFiles, "ca" | "trustBundle">;
  readonly certificate: ServingCertificate;
  readonly informers: Cluster["informers"];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly health: Health;
}): () => void {
  const { files, certificate, informers, clock, metrics, health } = options;
  let cancel = () => {};

  function look(): void {
    metrics.certificateNotAfter.set({ kind: "workload-ca" }, files.ca.current.notAfter / 1000);
    metrics.certificateNotAfter.set({ kind: "serving" }, certificate.current.notAfter / 1000);
    metrics.trustBundle.reset();
    metrics.trustBundle.set({ hash: files.trustBundle.current.hash.slice(0, shownHash) }, 1);
    for (const [kind, { lastContact }] of Object.entries(informers)) {
      metrics.watchLastEvent.set({ kind }, lastContact / 1000);
    }
    if (certificate.current.notAfter > clock.now()) health.pass(certificateCondition);
    else health.fail(certificateCondition, "the serving certificate is over and cannot be renewed");
    cancel = clock.after(interval, look);
  }

  look();
  return () => cancel();
}
