import { createHash, X509Certificate } from "node:crypto";

/** A CA certificate in a bundle. */
export interface BundledCa {
  /** SHA-256 of the certificate, lowercase hexadecimal. */
  readonly fingerprint: string;
  /** SHA-256 of its public key, lowercase hexadecimal: the same after a renewal. */
  readonly publicKey: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
/** A ConfigMap holds 1 MiB in all. */
const maxBytes = 512 * 1024;

/** SHA-256 of the bytes of a bundle file, as proxies acknowledge it. */
export function bundleHash(pem: string): string {
  return createHash("sha256").update(pem, "utf8").digest("hex");
}

/**
 * The CAs of a bundle, or what is wrong with it. It is read as a whole: a bundle of which one certificate is bad is bad.
 *
 * @param now milliseconds since the epoch
 */
export function readBundle(
  pem: string,
  now: number,
): { readonly cas: readonly BundledCa[]; readonly problems: readonly string[] } {
  if (Buffer.byteLength(pem) > maxBytes) return { cas: [], problems: ["it is larger than 512 KiB"] };
  const blocks = pem.match(certificateBlock) ?? [];
  const rest = pem.replaceAll(certificateBlock, "");
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(rest)) return { cas: [], problems: ["it holds a private key"] };
  if (rest.includes("-----BEGIN")) return { cas: [], problems: ["it holds more than certificates"] };
  if (blocks.length === 0) return { cas: [], problems: ["it holds no certificate"] };
  const cas = blocks.map(readCa);
  const problems = cas.flatMap((ca, index) => ("problem" in ca ? [`certificate ${index + 1} ${ca.problem}`] : []));
  const good = cas.filter((ca): ca is BundledCa => !("problem" in ca));
  if (problems.length > 0) return { cas: [], problems };
  const first = good.findIndex(
    ({ fingerprint }, index) => index !== good.findIndex((ca) => ca.fingerprint === fingerprint),
  );
  if (first >= 0) return { cas: [], problems: [`certificate ${first + 1} is in it twice`] };
  if (good.every(({ notAfter }) => notAfter <= now))
    return { cas: [], problems: ["every certificate in it has ended"] };
  return { cas: good, problems: [] };
}

function readCa(pem: string): BundledCa | { readonly problem: string } {
  try {
    const certificate = new X509Certificate(pem);
    if (!certificate.ca) return { problem: "is not one of a CA" };
    return {
      fingerprint: fingerprintOf(certificate),
      publicKey: createHash("sha256")
        .update(certificate.publicKey.export({ type: "spki", format: "der" }))
        .digest("hex"),
      subject: certificate.subject.replaceAll("\n", ", "),
      notBefore: certificate.validFromDate.getTime(),
      notAfter: certificate.validToDate.getTime(),
    };
  } catch {
    return { problem: "cannot be read" };
  }
}

/** SHA-256 of a certificate, lowercase hexadecimal. */
export function fingerprintOf(certificate: X509Certificate): string {
  return createHash("sha256").update(certificate.raw).digest("hex");
}
