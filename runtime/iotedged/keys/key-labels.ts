/**
 * What tells the keys that come from one another apart: every use has a label of its own, which HKDF or HMAC mixes in,
 * so that a key of one use says nothing of another. docs/keys.md lists them. A label never changes: another one is
 * another key.
 */
export const keyLabels = {
  /** From the identity key: the key that `sign` derives the modules' keys from, in IoT Edge's way. */
  root: "iotedge/root-key/v1",
  /** From the identity key: the one key of all ciphertexts of the first form. */
  oldEncryption: "iotedge/encryption-key/v1",
  /** From the identity key: what the keys of the second form are derived from. */
  encryption: "iotedge/encryption-key/v2",
  /** From the encryption key: the key of one module in one generation. */
  moduleEncryption: "iotedge/encryption-key/v2/module",
  /** From a module's encryption key: key and nonce of one message. */
  messageEncryption: "iotedge/encryption-key/v2/message",
} as const;

/**
 * Label and parts as the `info` of HKDF. Each part has its length before it, so that no two lists of parts give the same
 * bytes, whatever is in them.
 */
export function keyInfo(label: string, parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(label, "utf8"), ...parts].flatMap((part) => [lengthOf(part), part]));
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}
