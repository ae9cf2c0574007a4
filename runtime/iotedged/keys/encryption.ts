import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import type { InstallationKeys } from "./installation-keys.ts";
import { keyInfo, keyLabels } from "./key-labels.ts";
import type { KeyOwner } from "./sign.ts";

/** The keys of both forms. */
export type EncryptionKeys = Pick<InstallationKeys, "encryptionKey" | "oldEncryptionKey">;

/**
 * Form of a ciphertext, and its first byte.
 *
 * - 1: `version | tag | data`, under one key for all modules, with the caller's vector as nonce. A module that encrypts
 *   with the vector of another one learns the other's plaintext, so it is written only where a replica that runs can
 *   read no other.
 * - 2: `version | salt | tag | data`, under a key for this module, generation, vector and message alone.
 */
export type CiphertextVersion = 1 | 2;
/** What this iotedged can read. */
export const readableVersions: readonly CiphertextVersion[] = [1, 2];

const cipher = "aes-256-gcm";
const tagBytes = 16;
const keyBytes = 32;
const nonceBytes = 12;
const saltBytes = 32;

/** AES-GCM of one message: all that is needed besides the data. */
interface Sealing {
  readonly key: KeyObject | Buffer;
  readonly nonce: Buffer;
  /** Authenticated, not encrypted. */
  readonly context: Buffer;
}

/**
 * Encrypts for the module alone, in its present generation.
 *
 * @param salt random for each message but in tests: it makes a key of its own even where a vector is used again
 */
export function encrypt(
  keys: EncryptionKeys,
  version: CiphertextVersion,
  owner: KeyOwner,
  vector: Buffer,
  plaintext: Buffer,
  salt: Buffer = randomBytes(saltBytes),
): Buffer {
  const header = version === 1 ? Buffer.of(1) : Buffer.concat([Buffer.of(2), salt]);
  const sealing = version === 1 ? oldSealing(keys, owner, vector) : messageSealing(keys, owner, vector, header);
  return Buffer.concat([header, seal(sealing, plaintext)]);
}

/**
 * The plaintext; undefined when the ciphertext was not made by {@link encrypt} for this owner with this vector.
 *
 * @param accepted versions that are looked at at all
 */
export function decrypt(
  keys: EncryptionKeys,
  owner: KeyOwner,
  vector: Buffer,
  ciphertext: Buffer,
  accepted: readonly CiphertextVersion[] = readableVersions,
): Buffer | undefined {
  const version = accepted.find((one) => one === ciphertext[0]);
  const headerBytes = version === 1 ? 1 : 1 + saltBytes;
  if (version === undefined || ciphertext.length < headerBytes + tagBytes) return undefined;
  const header = ciphertext.subarray(0, headerBytes);
  const sealing = version === 1 ? oldSealing(keys, owner, vector) : messageSealing(keys, owner, vector, header);
  return unseal(sealing, ciphertext.subarray(headerBytes));
}

/** A nonce of its own is derived, too, since vectors have any length; the key alone would make each message unlike. */
function messageSealing(keys: EncryptionKeys, owner: KeyOwner, vector: Buffer, header: Buffer): Sealing {
  const parts = [Buffer.from(owner.moduleId, "utf8"), Buffer.from(owner.generationId, "utf8")];
  const ownInfo = keyInfo(keyLabels.moduleEncryption, parts);
  const moduleKey = Buffer.from(hkdfSync("sha256", keys.encryptionKey, "", ownInfo, keyBytes));
  const info = keyInfo(keyLabels.messageEncryption, [vector]);
  const derived = Buffer.from(hkdfSync("sha256", moduleKey, header.subarray(1), info, keyBytes + nonceBytes));
  return { key: derived.subarray(0, keyBytes), nonce: derived.subarray(keyBytes), context: header };
}

/** Id and generation stand side by side here, which is unambiguous only because generations are all of one length. */
function oldSealing(keys: EncryptionKeys, { moduleId, generationId }: KeyOwner, vector: Buffer): Sealing {
  return { key: keys.oldEncryptionKey, nonce: vector, context: Buffer.from(moduleId + generationId, "utf8") };
}

/** Tag and encrypted data. */
function seal({ key, nonce, context }: Sealing, plaintext: Buffer): Buffer {
  const encryption = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  encryption.setAAD(context);
  const encrypted = Buffer.concat([encryption.update(plaintext), encryption.final()]);
  return Buffer.concat([encryption.getAuthTag(), encrypted]);
}

function unseal({ key, nonce, context }: Sealing, sealed: Buffer): Buffer | undefined {
  const decryption = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  decryption.setAAD(context);
  decryption.setAuthTag(sealed.subarray(0, tagBytes));
  const plaintext = decryption.update(sealed.subarray(tagBytes));
  try {
    return Buffer.concat([plaintext, decryption.final()]);
  } catch {
    return undefined;
  }
}
