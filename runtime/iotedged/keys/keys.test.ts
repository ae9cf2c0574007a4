import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { decrypt, encrypt } from "./encryption.ts";
import { deriveInstallationKeys } from "./installation-keys.ts";
import { createSigner } from "./sign.ts";

const pemOf = (key: KeyObject) => key.export({ format: "pem", type: "pkcs8" }).toString();
const p256 = () => pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
const bytes = (key: KeyObject) => key.export().toString("hex");
const moduleOf = (moduleId: string, generationId: string): ModuleIdentity => ({
  moduleId,
  generationId,
  objectName: "m",
  podName: "p",
  podUid: "u",
});

describe("deriveInstallationKeys", () => {
  it("gives two unlike keys of 32 bytes, the same ones each time", () => {
    const pem = p256();
    const [one, again] = [deriveInstallationKeys(pem), deriveInstallationKeys(pem)];
    expect(bytes(one.rootKey)).toHaveLength(64);
    expect(bytes(one.rootKey)).not.toBe(bytes(one.encryptionKey));
    expect(bytes(again.rootKey)).toBe(bytes(one.rootKey));
    expect(bytes(again.encryptionKey)).toBe(bytes(one.encryptionKey));
  });

  it.each([
    ["no key", "hello"],
    ["an Ed25519 key", pemOf(generateKeyPairSync("ed25519").privateKey)],
    ["a P-384 key", pemOf(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey)],
  ])("refuses %s and tells nothing of it", (_what, pem) => {
    expect(() => deriveInstallationKeys(pem)).toThrow(
      expect.objectContaining({ code: "EDGE_IOTEDGED_IDENTITY_INVALID" }),
    );
    expect(() => deriveInstallationKeys(pem)).not.toThrow(pem.slice(40, 60) || "hello");
  });
});

describe("sign", () => {
  const sign = createSigner(createSecretKey(Buffer.alloc(32, 7)));

  it("is HMAC(HMAC(root, name + keyId + generation), data)", () => {
    const moduleKey = createHmac("sha256", Buffer.alloc(32, 7)).update("$edgeHubprimarygen-1").digest();
    const expected = createHmac("sha256", moduleKey).update("hello").digest("base64");
    expect(sign(moduleOf("$edgeHub", "gen-1"), "primary", Buffer.from("hello")).digest("base64")).toBe(expected);
  });

  it("changes key with the key id, also for a module that it just signed for", () => {
    const module = moduleOf("sensor", "gen-1");
    const digests = ["primary", "secondary", "primary"].map((keyId) =>
      sign(module, keyId, Buffer.from("x")).digest("hex"),
    );
    expect(digests[0]).not.toBe(digests[1]);
    expect(digests[2]).toBe(digests[0]);
  });

  it("has another key for every module, key id and generation", () => {
    const id = fc.constantFrom("a", "ab", "abc", "$edgeHub");
    const keyId = fc.constantFrom("primary", "secondary", "bprimary", "cprimary", "");
    const generation = fc.constantFrom("6f1c0000-0000-4000-8000-000000000001", "6f1c0000-0000-4000-8000-000000000002");
    const signer = fc.tuple(id, keyId, generation);
    fc.assert(
      fc.property(signer, signer, (one, other) => {
        fc.pre(one[2] !== other[2] || one[0] === other[0]);
        const digest = ([a, b, c]: [string, string, string]) => sign(moduleOf(a, c), b, Buffer.from("x")).digest("hex");
        expect(digest(one) === digest(other)).toBe(one.join("\0") === other.join("\0"));
      }),
    );
  });
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
