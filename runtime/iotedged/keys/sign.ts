import { createHmac, createSecretKey, type Hmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { ModuleIdentity } from "../authentication/module-identity.ts";

/** What a module's keys are derived from. */
export type KeyOwner = Pick<ModuleIdentity, "moduleId" | "generationId">;

/** Signs as a module: returns the HMAC, whose digest is the signature. */
export type Signer = (module: KeyOwner, keyId: string, data: Buffer) => Hmac;

/**
 * A module's signing key, in the way of IoT Edge: the HMAC-SHA256 of module id, key id and generation id under the root key.
 * The three are joined without a separator; no two modules share a key all the same, because a generation id has a fixed
 * length and is unique.
 */
export function moduleKey(rootKey: KeyObject, { moduleId, generationId }: KeyOwner, keyId: string): Buffer {
  return createHmac("sha256", rootKey)
    .update(moduleId + keyId + generationId)
    .digest();
}

/** Signs so that whoever has the module's key, as IoT Hub, can verify it: HMAC-SHA256 with {@link moduleKey}. */
export function createSigner(rootKey: KeyObject): Signer {
  /** The key that a module used last: SDKs use one. It goes when the identity is no longer cached. */
  const lastKeys = new WeakMap<KeyOwner, { readonly keyId: string; readonly key: KeyObject }>();

  function keyOf(module: KeyOwner, keyId: string): KeyObject {
    const last = lastKeys.get(module);
    if (last?.keyId === keyId) return last.key;
    const key = createSecretKey(moduleKey(rootKey, module, keyId));
    lastKeys.set(module, { keyId, key });
    return key;
  }

  return (module, keyId, data) => createHmac("sha256", keyOf(module, keyId)).update(data);
}

/** Whether `digest` is what the module would sign `data` with; takes as long for a wrong digest as for the right one. */
export function isSignedBy(
  sign: Signer,
  module: KeyOwner,
  signed: { readonly keyId: string; readonly data: Buffer; readonly digest: Buffer },
): boolean {
  const expected = sign(module, signed.keyId, signed.data).digest();
  return signed.digest.length === expected.length && timingSafeEqual(signed.digest, expected);
}
