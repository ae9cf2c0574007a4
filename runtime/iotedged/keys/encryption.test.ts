import { createPrivateKey, createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CiphertextVersion, decrypt, encrypt, readableVersions } from "./encryption.ts";
import { deriveInstallationKeys } from "./installation-keys.ts";
import type { KeyOwner } from "./sign.ts";

const keys = {
  encryptionKey: createSecretKey(Buffer.alloc(32, 9)),
  oldEncryptionKey: createSecretKey(Buffer.alloc(32, 8)),
};
const owner: KeyOwner = { moduleId: "sensor", generationId: "gen-1" };
const vector = Buffer.from("vector");
const bytes = (constraints: fc.IntArrayConstraints) => fc.uint8Array(constraints).map((value) => Buffer.from(value));
const data = bytes({ maxLength: 100 });
const vectors = bytes({ minLength: 1, maxLength: 128 });
const owners = fc.record({
  moduleId: fc.string({ unit: "binary", maxLength: 12 }),
  generationId: fc.string({ unit: "binary", maxLength: 12 }),
});
const versions = fc.constantFrom<CiphertextVersion>(1, 2);
const headerBytes = { 1: 1, 2: 1 + 32 };
const tagBytes = 16;
const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
/** The data of a ciphertext, without header and tag. */
const body = (ciphertext: Buffer) => ciphertext.subarray(headerBytes[ciphertext[0] as CiphertextVersion] + tagBytes);

describe("encrypt and decrypt", () => {
  it("give back what was put in, in the form asked for", () => {
    fc.assert(
      fc.property(versions, owners, vectors, data, (version, whose, with_, plaintext) => {
        const ciphertext = encrypt(keys, version, whose, with_, plaintext);
        expect(ciphertext[0]).toBe(version);
        expect(ciphertext).toHaveLength(headerBytes[version] + tagBytes + plaintext.length);
        expect(decrypt(keys, whose, with_, ciphertext)).toEqual(plaintext);
      }),
    );
  });

  it("give nothing to another module, another generation, or with another vector", () => {
    fc.assert(
      fc.property(owners, owners, vectors, vectors, (one, other, with_, without) => {
        const ciphertext = encrypt(keys, 2, one, with_, Buffer.from("secret"));
        const same = one.moduleId === other.moduleId && one.generationId === other.generationId;
        expect(decrypt(keys, other, with_, ciphertext) !== undefined).toBe(same);
        expect(decrypt(keys, one, without, ciphertext) !== undefined).toBe(with_.equals(without));
      }),
    );
    const old = encrypt(keys, 1, owner, vector, Buffer.from("secret"));
    expect(decrypt(keys, { ...owner, moduleId: "hub" }, vector, old)).toBeUndefined();
    expect(decrypt(keys, { ...owner, generationId: "gen-2" }, vector, old)).toBeUndefined();
    expect(decrypt(keys, owner, Buffer.from("other"), old)).toBeUndefined();
  });

  it("tell owners apart whose id and generation read alike when they stand side by side", () => {
    const text = fc.string({ unit: "binary", minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (whole, a, b) => {
        const cut = (at: number) => {
          const characters = [...whole];
          const end = at % (characters.length + 1);
          return { moduleId: characters.slice(0, end).join(""), generationId: characters.slice(end).join("") };
        };
        const [one, other] = [cut(a), cut(b)];
        fc.pre(one.moduleId !== other.moduleId);
        const ciphertext = encrypt(keys, 2, one, vector, Buffer.from("secret"));
        expect(decrypt(keys, other, vector, ciphertext)).toBeUndefined();
      }),
    );
  });

  it("give nothing for what was changed in any bit, cut, prolonged, put together or made up", () => {
    fc.assert(
      fc.property(
        versions,
        data,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        data,
        (version, plaintext, at, by, more) => {
          const ciphertext = encrypt(keys, version, owner, vector, plaintext);
          const changed = Buffer.from(ciphertext);
          const place = at % changed.length;
          changed[place] = (changed[place] ?? 0) ^ by;
          expect(decrypt(keys, owner, vector, changed)).toBeUndefined();
          expect(decrypt(keys, owner, vector, ciphertext.subarray(0, place))).toBeUndefined();
          if (more.length > 0) expect(decrypt(keys, owner, vector, Buffer.concat([ciphertext, more]))).toBeUndefined();
          const another = encrypt(keys, 2, owner, vector, plaintext);
          const [salt, sealed] = [another.subarray(0, headerBytes[2]), ciphertext.subarray(headerBytes[version])];
          expect(decrypt(keys, owner, vector, Buffer.concat([salt, sealed]))).toBeUndefined();
          expect(decrypt(keys, owner, vector, more)).toBeUndefined();
          for (const first of [0, 1, 2, 3, 255])
            expect(decrypt(keys, owner, vector, Buffer.concat([Buffer.of(first), more]))).toBeUndefined();
        },
      ),
    );
  });

  it("read no form that is not accepted, in whatever form it comes as", () => {
    const old = encrypt(keys, 1, owner, vector, Buffer.from("secret"));
    expect(decrypt(keys, owner, vector, old, [2])).toBeUndefined();
    expect(decrypt(keys, owner, vector, Buffer.concat([Buffer.of(2), old.subarray(1)]), [2])).toBeUndefined();
    expect(decrypt(keys, owner, vector, encrypt(keys, 2, owner, vector, vector), [2])).toEqual(vector);
  });
});

describe("a vector that is used again", () => {
  const thief: KeyOwner = { moduleId: "thief", generationId: "gen-9" };
  /** What the thief makes of a ciphertext by encrypting zeros with its vector: the key stream, if it is the same. */
  const stolen = (version: CiphertextVersion, secret: Buffer, by: KeyOwner) => {
    const ciphertext = encrypt(keys, version, owner, vector, secret);
    const stream = encrypt(keys, version, by, vector, Buffer.alloc(secret.length));
    return xor(body(ciphertext), body(stream));
  };

  it("gives nothing away, neither to another module nor of two messages of the same one", () => {
    fc.assert(
      fc.property(bytes({ minLength: 16, maxLength: 100 }), (secret) => {
        for (const by of [thief, owner]) {
          const found = stolen(2, secret, by);
          expect(found.equals(secret)).toBe(false);
          // Not in part either: of 16 bytes and more, chance has 8 in a row with a probability of 2^-57.
          for (let at = 0; at + 8 <= secret.length; at++)
            expect(found.subarray(at, at + 8).equals(secret.subarray(at, at + 8))).toBe(false);
        }
      }),
    );
  });

  it("gives everything away in the first form, which is why that is no longer written", () => {
    expect(stolen(1, Buffer.from("the secret of another"), thief).toString()).toBe("the secret of another");
  });

  it("never makes the same ciphertext twice", () => {
    const made = Array.from({ length: 100 }, () => encrypt(keys, 2, owner, vector, Buffer.from("x")).toString("hex"));
    expect(new Set(made).size).toBe(made.length);
  });
});

describe("known answers, which another implementation has computed", () => {
  const golden = JSON.parse(readFileSync(new URL("golden/known-answers.json", import.meta.url), "utf8"));
  const derived = deriveInstallationKeys(golden.identityKey);
  const hex = (text: string) => Buffer.from(text, "hex");

  it("are those of the installation's keys", () => {
    const found = Object.fromEntries(
      Object.entries(derived).map(([name, key]) => [name, key.export().toString("hex")]),
    );
    const { rootKey, oldEncryptionKey, encryptionKey } = golden;
    expect(found).toEqual({ rootKey, oldEncryptionKey, encryptionKey });
    expect(createPrivateKey(golden.identityKey).asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  });

  it.each(golden.ciphertexts as Record<string, string>[])("are those of a message of $moduleId", (message) => {
    const whose = { moduleId: message.moduleId as string, generationId: message.generationId as string };
    const [with_, plaintext] = [hex(message.vector as string), hex(message.plaintext as string)];
    for (const version of readableVersions) {
      const ciphertext = message[`version${version}`] as string;
      expect(encrypt(derived, version, whose, with_, plaintext, hex(golden.salt)).toString("hex")).toBe(ciphertext);
      expect(decrypt(derived, whose, with_, hex(ciphertext))).toEqual(plaintext);
    }
  });
});
