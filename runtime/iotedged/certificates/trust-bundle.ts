import { createHash, X509Certificate } from "node:crypto";
import { iotedgedErrors } from "../errors.ts";
import { certificateBlocks, hasOtherBlocks } from "./pem.ts";

/** The CAs that modules trust. */
export interface TrustBundle {
  readonly pem: string;
  /** SHA-256 of the PEM, hexadecimal. */
  readonly hash: string;
  readonly authorities: readonly Authority[];
}

/** A CA in the bundle. */
export interface Authority {
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Checks a trust bundle before any module gets it.
 *
 * @param now milliseconds since the epoch
 * @throws EDGE_IOTEDGED_TRUST_BUNDLE_INVALID when it is empty, all expired, or holds anything but CA certificates
 */
export function loadTrustBundle(pem: string, now: number): TrustBundle {
  const bundle = parseTrustBundle(pem);
  if (endOfBundle(bundle, now) !== undefined) throw invalid("every certificate in it is over");
  return bundle;
}

/**
 * Reads a trust bundle, whether its CAs are over or not.
 *
 * @throws EDGE_IOTEDGED_TRUST_BUNDLE_INVALID when it is empty, or holds anything but CA certificates
 */
export function parseTrustBundle(pem: string): TrustBundle {
  const blocks = certificateBlocks(pem);
  if (blocks.length === 0) throw invalid("it holds no certificate");
  if (hasOtherBlocks(pem)) throw invalid("it holds more than certificates");
  const certificates = blocks.map(parse);
  if (!certificates.every((certificate) => certificate.ca)) throw invalid("a certificate in it is not one of a CA");
  const authorities = certificates.map((certificate) => ({
    fingerprint: certificate.fingerprint256,
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  }));
  return { pem, hash: createHash("sha256").update(pem).digest("hex"), authorities };
}

/**
 * Milliseconds since the epoch at which the last CA of a bundle ended; undefined while one of them is good.
 *
 * @param now milliseconds since the epoch
 */
export function endOfBundle({ authorities }: TrustBundle, now: number): number | undefined {
  const end = Math.max(...authorities.map(({ notAfter }) => notAfter));
  return end <= now ? end : undefined;
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw iotedgedErrors.EDGE_IOTEDGED_TRUST_BUNDLE_INVALID(
      { reason: "a certificate cannot be read" },
      { cause: error },
    );
  }
}

function invalid(reason: string): Error {
  return iotedgedErrors.EDGE_IOTEDGED_TRUST_BUNDLE_INVALID({ reason });
}
