import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import type { ModuleIdentity } from "../authentication/module-identity.ts";

const cipher = "aes-256-gcm";
const tagBytes = 16;
/** First byte of every ciphertext: the layout `version | tag | encrypted data`. */
const version = 1;

/** Encrypts for the module alone: its id and generation are authenticated with the data. */
export function encrypt(key: KeyObject, module: ModuleIdentity, vector: Buffer, plaintext: Buffer): Buffer {
  const encryption = createCipheriv(cipher, key, vector, { authTagLength: tagBytes });
  encryption.setAAD(ownerOf(module));
  const encrypted = Buffer.concat([encryption.update(plaintext), encryption.final()]);
  return Buffer.concat([Buffer.of(version), encryption.getAuthTag(), encrypted]);
}

/** The plaintext; undefined when the ciphertext was not made by {@link encrypt} for this module with this vector. */
export function decrypt(
  key: KeyObject,
  module: ModuleIdentity,
  vector: Buffer,
  ciphertext: Buffer,
): Buffer | undefined {
  if (ciphertext.length < 1 + tagBytes || ciphertext[0] !== version) return undefined;
  const decryption = createDecipheriv(cipher, key, vector, { authTagLength: tagBytes });
  decryption.setAAD(ownerOf(module));
  decryption.setAuthTag(ciphertext.subarray(1, 1 + tagBytes));
  const plaintext = decryption.update(ciphertext.subarray(1 + tagBytes));
  try {
    return Buffer.concat([plaintext, decryption.final()]);
  } catch {
    return undefined;
  }
}

function ownerOf(module: ModuleIdentity): Buffer {
  return Buffer.from(module.moduleId + module.generationId, "utf8");
}
