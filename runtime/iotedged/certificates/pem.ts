const certificateBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The PEM certificates in a text, in order. What stands between them does not count. */
export function certificateBlocks(text: string): string[] {
  return text.match(certificateBlock) ?? [];
}
