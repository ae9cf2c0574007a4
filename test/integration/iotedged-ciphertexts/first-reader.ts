import { createDecipheriv, createPrivateKey, createSecretKey, hkdfSync } from "node:crypto";

/**
 * What a replica of the first image can decrypt: a copy of its code, which no change of ours may reach.
 *
 * @param identityKey PEM
 */
export function decryptAsFirstImage(
  identityKey: string,
  { moduleId, generationId }: { readonly moduleId: string; readonly generationId: string },
  vector: Buffer,
  ciphertext: Buffer,
): Buffer | undefined {
  const scalar = Buffer.from(createPrivateKey(identityKey).export({ format: "jwk" }).d ?? "", "base64url");
  const key = createSecretKey(Buffer.from(hkdfSync("sha256", scalar, "", "iotedge/encryption-key/v1", 32)));
  if (ciphertext.length < 17 || ciphertext[0] !== 1) return undefined;
  const decryption = createDecipheriv("aes-256-gcm", key, vector, { authTagLength: 16 });
  decryption.setAAD(Buffer.from(moduleId + generationId, "utf8"));
  decryption.setAuthTag(ciphertext.subarray(1, 17));
  const plaintext = decryption.update(ciphertext.subarray(17));
  try {
    return Buffer.concat([plaintext, decryption.final()]);
  } catch {
    return undefined;
  }
}
