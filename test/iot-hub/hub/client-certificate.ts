import type { X509Certificate } from "node:crypto";
import type { Identity } from "../registry/identity.ts";

/** The certificate's common name, if it has one. */
export function commonNameOf(certificate: X509Certificate): string | undefined {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1];
}

/** Thumbprints as the registry has them: hexadecimal, without colons. */
export function thumbprintsOf({ fingerprint, fingerprint256 }: X509Certificate): readonly string[] {
  return [fingerprint, fingerprint256].map((text) => text.replaceAll(":", "").toLowerCase());
}

export function isValidAt(certificate: X509Certificate, now: number): boolean {
  return certificate.validFromDate.getTime() <= now && now < certificate.validToDate.getTime();
}

export function isSignedBy(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  return authorities.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
}

/**
 * Whether TLS has shown that the client is the device; the handshake has proven that it has the key.
 *
 * @param authorities that the hub has been told
 */
export function isCertificateOf(
  { deviceId, authentication }: Identity,
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  now: number,
): boolean {
  const { type, x509Thumbprint } = authentication;
  const { primaryThumbprint, secondaryThumbprint } = x509Thumbprint;
  if (type === "selfSigned")
    return thumbprintsOf(certificate).some((each) => each === primaryThumbprint || each === secondaryThumbprint);
  const named = commonNameOf(certificate) === deviceId && isSignedBy(certificate, authorities);
  return type === "certificateAuthority" && named && isValidAt(certificate, now);
}
