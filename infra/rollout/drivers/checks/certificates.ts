import { X509Certificate } from "node:crypto";
import type { Check } from "../../model/index.ts";

/** Certificates in PEM, and where they are. */
export interface CertificateSource {
  /** `Secret edge-a/iotedged-workload-ca` */
  readonly where: string;
  readonly pem: string;
}

const day = 86_400_000;
const warnDays = 30;
const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const maxPemLength = 1024 * 1024;

/** Whether the certificates outlive the next weeks. One that cannot be read counts as expired. */
export function checkCertificates(sources: readonly CertificateSource[], now: number): Check {
  const ends = sources.flatMap(({ where, pem }) => endsOf(pem).map((end) => ({ where, end })));
  const soonest = ends.toSorted((a, b) => a.end - b.end)[0];
  if (soonest === undefined) {
    return { id: "certificates", severity: "ok", message: "there are no certificates yet", evidence: "", fix: "" };
  }
  const { where, end } = soonest;
  const days = Math.floor((end - now) / day);
  const evidence = end === 0 ? `${where} cannot be read` : `${where} ends ${new Date(end).toISOString()}`;
  if (days >= warnDays) return { id: "certificates", severity: "ok", message: `${days} days left`, evidence, fix: "" };
  const message = end <= now ? "a certificate is expired" : `a certificate ends in ${days} days`;
  const fix =
    "Set trust.earlyRenewalDays above the days that are left and plan again: the deployment then replaces it.";
  return { id: "certificates", severity: end <= now ? "error" : "warning", message, evidence, fix };
}

/** Ends of validity in milliseconds since 1970; 0 for what is no certificate. */
function endsOf(pem: string): readonly number[] {
  if (pem.length > maxPemLength) return [0];
  const blocks = pem.match(pemBlock) ?? [];
  return blocks.length === 0 ? [0] : blocks.map(endOf);
}

function endOf(block: string): number {
  try {
    return Date.parse(new X509Certificate(block).validTo);
  } catch {
    return 0;
  }
}
