import { createHmac, type X509Certificate } from "node:crypto";
import { commonNameOf, isSignedBy, isValidAt } from "../hub/client-certificate.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { judgeSasToken } from "../sas-token.ts";

/** Who may be provisioned, and to where: one device, or all that a group's key or CA vouches for. */
export interface Enrollment {
  readonly kind: "individual" | "group";
  /** The registration id of an individual; the id of a group. */
  readonly name: string;
  readonly attestation: SymmetricKeys | Certificates;
  /** Host name of the hub that devices are assigned to. */
  hub: string;
  enabled: boolean;
  readonly reprovision: {
    readonly updateHubAssignment: boolean;
    readonly migrateDeviceData: boolean;
  };
  /** Of an individual; its registration id by default. */
  readonly deviceId?: string;
  readonly iotEdge: boolean;
  readonly initialTwin?: { readonly desired?: JsonObject; readonly tags?: JsonObject };
  /** Is handed to the device, as an allocation of one's own would. */
  readonly payload?: JsonValue;
}

interface SymmetricKeys {
  readonly type: "symmetricKey";
  /** In base64. */
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

interface Certificates {
  readonly type: "x509";
  /** The device's own, or the group's CAs. */
  readonly certificates: readonly X509Certificate[];
}

/** What a device shows of itself. */
export interface Proof {
  readonly token: string | undefined;
  readonly certificate: X509Certificate | undefined;
}

/** What vouched for a device, with which it connects to its hub. */
export type Credential =
  | { readonly keys: readonly [primary: string, secondary: string]; readonly expiry: number }
  | { readonly certificate: X509Certificate };

/** What the SDK for Node names, and that for Python leaves out. */
const keyNames = ["registration", undefined] as const;

/** Key of one device of a group: its operator derives it, so that no device has the group's. */
export function derivedKey(groupKey: string, registrationId: string): string {
  return createHmac("sha256", Buffer.from(groupKey, "base64")).update(registrationId).digest("base64");
}

/** @returns undefined when the proof is none for this enrollment */
export function attest(
  { kind, name, attestation }: Enrollment,
  scope: string,
  registrationId: string,
  { token, certificate }: Proof,
  now: number,
): Credential | undefined {
  if (kind === "individual" && name !== registrationId) return undefined;
  if (attestation.type === "x509") {
    if (certificate === undefined || token !== undefined) return undefined;
    const vouched =
      kind === "individual"
        ? attestation.certificates.some(({ raw }) => raw.equals(certificate.raw))
        : commonNameOf(certificate) === registrationId && isSignedBy(certificate, attestation.certificates);
    return vouched && isValidAt(certificate, now) ? { certificate } : undefined;
  }
  const { primaryKey, secondaryKey } = attestation;
  const own = (key: string) => (kind === "individual" ? key : derivedKey(key, registrationId));
  const keys = [own(primaryKey), own(secondaryKey)] as const;
  const segments = [scope, "registrations", registrationId];
  for (const keyName of keyNames) {
    const verdict = judgeSasToken(token ?? "", { segments, keyName }, keys, now);
    if ("token" in verdict) return { keys, expiry: verdict.token.expiry * 1000 };
  }
  return undefined;
}
