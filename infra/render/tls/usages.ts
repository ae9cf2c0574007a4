import { ExtendedKeyUsageExtension, type Extension, KeyUsageFlags, KeyUsagesExtension } from "@peculiar/x509";
import { InvalidTlsInput } from "./inputs.ts";

const keyUsages: Readonly<Record<string, KeyUsageFlags>> = {
  digital_signature: KeyUsageFlags.digitalSignature,
  content_commitment: KeyUsageFlags.nonRepudiation,
  key_encipherment: KeyUsageFlags.keyEncipherment,
  data_encipherment: KeyUsageFlags.dataEncipherment,
  key_agreement: KeyUsageFlags.keyAgreement,
  cert_signing: KeyUsageFlags.keyCertSign,
  crl_signing: KeyUsageFlags.cRLSign,
  encipher_only: KeyUsageFlags.encipherOnly,
  decipher_only: KeyUsageFlags.decipherOnly,
};

const extendedKeyUsages: Readonly<Record<string, string>> = {
  any_extended: "2.5.29.37.0",
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
  code_signing: "1.3.6.1.5.5.7.3.3",
  email_protection: "1.3.6.1.5.5.7.3.4",
  ipsec_end_system: "1.3.6.1.5.5.7.3.5",
  ipsec_tunnel: "1.3.6.1.5.5.7.3.6",
  ipsec_user: "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  ocsp_signing: "1.3.6.1.5.5.7.3.9",
  microsoft_server_gated_crypto: "1.3.6.1.4.1.311.10.3.3",
  netscape_server_gated_crypto: "2.16.840.1.113730.4.1",
  microsoft_commercial_code_signing: "1.3.6.1.4.1.311.2.1.22",
  microsoft_kernel_code_signing: "1.3.6.1.4.1.311.61.1.1",
};

/** KeyUsage and ExtendedKeyUsage for the values of the argument `allowedUses`. */
export function usageExtensions(allowedUses: readonly string[]): readonly Extension[] {
  const unknown = allowedUses.find((use) => !(use in keyUsages) && !(use in extendedKeyUsages));
  if (unknown !== undefined) {
    const known = [...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)].sort();
    throw new InvalidTlsInput(`allowedUses: "${unknown}" is none of ${known.join(", ")}`);
  }
  const flags = allowedUses.reduce((sum, use) => sum | (keyUsages[use] ?? 0), 0);
  const extended = allowedUses.map((use) => extendedKeyUsages[use]).filter((oid) => oid !== undefined);
  return [
    ...(flags === 0 ? [] : [new KeyUsagesExtension(flags, true)]),
    ...(extended.length === 0 ? [] : [new ExtendedKeyUsageExtension(extended, false)]),
  ];
}
