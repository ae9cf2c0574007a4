const certificateBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The PEM certificates in a text, in order. What stands between them does not count. */
export function certificateBlocks(text: string): string[] {
  return text.match(certificateBlock) ?? [];
}

/** Whether a text holds PEM blocks of another kind, such as a private key. */
export function hasOtherBlocks(text: string): boolean {
  return text.replaceAll(certificateBlock, "").includes("-----BEGIN");
}
