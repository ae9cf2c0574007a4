import { type BundledCa, bundleHash, readBundle } from "#contract";
import { iotedgedErrors } from "../errors.ts";

/** The CAs that modules trust. */
export interface TrustBundle {
  readonly pem: string;
  /** SHA-256 of the PEM, hexadecimal. */
  readonly hash: string;
  readonly authorities: readonly BundledCa[];
}

/**
 * Checks a trust bundle before any module gets it.
 *
 * @param now milliseconds since the epoch; without it, a bundle of which every CA has ended is good
 * @throws EDGE_IOTEDGED_TRUST_BUNDLE_INVALID
 */
export function loadTrustBundle(pem: string, now?: number): TrustBundle {
  const { cas, problems } = readBundle(pem, now);
  const [reason] = problems;
  if (reason !== undefined) throw iotedgedErrors.EDGE_IOTEDGED_TRUST_BUNDLE_INVALID({ reason });
  return { pem, hash: bundleHash(pem), authorities: cas };
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
