import { createHmac, type KeyObject } from "node:crypto";
import type { ModuleIdentity } from "../authentication/module-identity.ts";

/**
 * Signs as a module, in the way of IoT Edge, so that IoT Hub can verify it: HMAC-SHA256 with a key that is itself the
 * HMAC-SHA256 of module id, key id and generation id under the root key. The three are joined without a separator; no
 * two modules share a key all the same, because a generation id has a fixed length and is unique.
 */
export function sign(rootKey: KeyObject, module: ModuleIdentity, keyId: string, data: Buffer): Buffer {
  const moduleKey = createHmac("sha256", rootKey)
    .update(module.moduleId + keyId + module.generationId)
    .digest();
  return createHmac("sha256", moduleKey).update(data).digest();
}
