import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { decrypt, encrypt } from "./encryption.ts";

const moduleOf = (moduleId: string, generationId: string): ModuleIdentity => ({
  moduleId,
  generationId,
  objectName: "m",
  podName: "p",
  podUid: "u",
});

describe("encrypt and decrypt", () => {
  const key = createSecretKey(Buffer.alloc(32, 9));
  const module = moduleOf("sensor", "gen-1");
  const data = fc.uint8Array({ maxLength: 100 }).map((value) => Buffer.from(value));
  const vectors = fc.uint8Array({ minLength: 1, maxLength: 64 }).map((value) => Buffer.from(value));

  it("give back what was put in, in the layout 0x01 | tag | data", () => {
    fc.assert(
      fc.property(data, vectors, (plaintext, vector) => {
        const ciphertext = encrypt(key, module, vector, plaintext);
        expect(ciphertext[0]).toBe(1);
        expect(ciphertext).toHaveLength(1 + 16 + plaintext.length);
        expect(decrypt(key, module, vector, ciphertext)).toEqual(plaintext);
      }),
    );
  });

  it("give nothing to another module, another generation, or with another vector", () => {
    const vector = Buffer.from("vector");
    const ciphertext = encrypt(key, module, vector, Buffer.from("secret"));
    expect(decrypt(key, moduleOf("hub", "gen-1"), vector, ciphertext)).toBeUndefined();
    expect(decrypt(key, moduleOf("sensor", "gen-2"), vector, ciphertext)).toBeUndefined();
    expect(decrypt(key, module, Buffer.from("other"), ciphertext)).toBeUndefined();
  });

  it("give nothing for anything that was changed or made up", () => {
    const vector = Buffer.from("vector");
    const ciphertext = encrypt(key, module, vector, Buffer.from("secret"));
    fc.assert(
      fc.property(fc.nat({ max: ciphertext.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(ciphertext);
        changed[at] = (changed[at] ?? 0) ^ by;
        expect(decrypt(key, module, vector, changed)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(data, (made) => {
        expect(decrypt(key, module, vector, made)).toBeUndefined();
      }),
    );
  });
});
