import { createHash, X509Certificate } from "node:crypto";

/** A CA certificate in a trust bundle. */
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

/** The CAs of a bundle, or what is wrong with it. One bad certificate makes the whole bundle bad. */
export interface JudgedBundle {
  readonly cas: readonly BundledCa[];
  readonly problems: readonly string[];
}

const [begin, end] = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"];
/** Leaves room for everything else in a ConfigMap, which holds 1 MiB in all. */
const maxBytes = 512 * 1024;

/** SHA-256 of the bytes of a bundle file, as proxies acknowledge it. */
export function bundleHash(pem: string): string {
  return createHash("sha256").update(pem, "utf8").digest("hex");
}

/**
 * Judges a trust bundle: for those who deploy it, for iotedged, and (the rules that need no X.509) for the proxy. Its
 * verdicts are in `test/fixtures/trust-bundles`.
 *
 * @param now milliseconds since the epoch; without it, a bundle of which every CA has ended is good
 */
export function readBundle(pem: string, now = Number.NEGATIVE_INFINITY): JudgedBundle {
  const blocks = certificateBlocks(pem);
  if (typeof blocks === "string") return bad(blocks);
  const read = blocks.map(readCa);
  const unusable = read.flatMap((ca, index) => (typeof ca === "string" ? [`certificate ${index + 1} ${ca}`] : []));
  if (unusable.length > 0) return bad(...unusable);
  const cas = read.filter((ca) => typeof ca !== "string");
  const prints = cas.map(({ fingerprint }) => fingerprint);
  const repeated = prints.findIndex((print, index) => prints.indexOf(print) !== index);
  if (repeated >= 0) return bad(`certificate ${repeated + 1} is in it twice`);
  if (cas.every(({ notAfter }) => notAfter <= now)) return bad("every certificate in it has ended");
  return { cas, problems: [] };
}

function bad(...problems: readonly string[]): JudgedBundle {
  return { cas: [], problems };
}

/** The PEM blocks of the certificates, or why the text is no list of them. Text between the blocks is ignored. */
function certificateBlocks(pem: string): readonly string[] | string {
  if (Buffer.byteLength(pem) > maxBytes) return "it is larger than 512 KiB";
  if (pem.includes("\0")) return "it holds a zero byte";
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return "it holds a private key";
  const blocks: string[] = [];
  let block: string[] | undefined;
  for (const line of pem.split(/\r?\n/)) {
    if (block === undefined) {
      if (line === begin) block = [line];
      else if (line.includes("-----BEGIN")) return "it holds more than certificates";
    } else if (line === end) {
      blocks.push([...block, line].join("\n"));
      block = undefined;
    } else if (/^[A-Za-z0-9+/=]*$/.test(line)) block.push(line);
    else return `certificate ${blocks.length + 1} is no valid PEM`;
  }
  if (block !== undefined) return `certificate ${blocks.length + 1} is cut off`;
  return blocks.length === 0 ? "it holds no certificate" : blocks;
}

function readCa(pem: string): BundledCa | string {
  try {
    const certificate = new X509Certificate(pem);
    if (!certificate.ca) return "is not one of a CA";
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
    return "cannot be read";
  }
}

/** SHA-256 of a certificate, lowercase hexadecimal. */
export function fingerprintOf(certificate: X509Certificate): string {
  return createHash("sha256").update(certificate.raw).digest("hex");
}
