import { X509Certificate } from "node:crypto";
import { dataKeys, objectNames } from "#contract";
import type { LiveObject, ObjectToApply } from "../../kubernetes/index.ts";
import { fine, type Judgement, wrong } from "../model/verdict.ts";

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

/** What to do about certificates that end, and about content that cannot be read. */
export interface CertificateFixes {
  readonly renew: string;
  readonly restore: string;
}

const usual: CertificateFixes = {
  renew:
    "Set trust.earlyRenewalDays above the days that are left and deploy the stack: the deployment then replaces it.",
  restore: "Deploy the stack: the deployment brings it back.",
};

/** Whether the certificates outlive the next weeks. */
export function judgeCertificates(sources: readonly CertificateSource[], now: number, fixes = usual): Judgement {
  const ends = sources.flatMap(({ where, pem }) => endsOf(pem).map((end) => ({ where, end })));
  const soonest = ends.toSorted((a, b) => a.end - b.end)[0];
  if (soonest === undefined) return fine("there are no certificates yet");
  const { where, end } = soonest;
  const days = Math.floor((end - now) / day);
  if (end === 0) return wrong("a certificate cannot be read", where, fixes.restore);
  const evidence = `${where} ends ${new Date(end).toISOString()}`;
  if (days >= warnDays) return fine(`${days} days left`, evidence);
  const message = end <= now ? "a certificate is expired" : `a certificate ends in ${days} days`;
  return { severity: end <= now ? "error" : "warning", message, evidence, fix: fixes.renew };
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

/** The CAs of installations, in the Secrets and ConfigMaps among the objects. */
export function certificatesOf(objects: readonly (ObjectToApply | LiveObject)[]): readonly CertificateSource[] {
  return objects.flatMap(({ kind, metadata, data = {}, stringData = {} }) => {
    const where = `${kind} ${metadata.namespace}/${metadata.name}`;
    const values = data as Readonly<Record<string, string>>;
    if (kind === "ConfigMap" && metadata.name === objectNames.trustBundle) {
      return [{ where, pem: values[dataKeys.trustBundle] ?? "" }];
    }
    if (kind !== "Secret" || metadata.name !== objectNames.workloadCa) return [];
    const plain = (stringData as Readonly<Record<string, string>>)[dataKeys.certificate];
    const pem = plain ?? Buffer.from(values[dataKeys.certificate] ?? "", "base64").toString("utf8");
    return [{ where, pem }];
  });
}
