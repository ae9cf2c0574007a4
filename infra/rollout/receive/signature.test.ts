import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSignedBy } from "./signature.ts";

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
const sign = (key: Buffer, body: Buffer) => `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;

describe("isSignedBy", () => {
  it("takes what Flux signs with the key, and nothing that differs in a bit", () => {
    fc.assert(
      fc.property(bytes(32, 64), bytes(1, 200), fc.nat(), (key, body, place) => {
        const signature = sign(key, body);
        expect(isSignedBy(key, body, signature)).toBe(true);
        const other = Buffer.from(body);
        other[place % other.length] = (other[place % other.length] ?? 0) ^ (1 << (place % 8));
        expect(isSignedBy(key, other, signature)).toBe(false);
        const otherKey = Buffer.from(key);
        otherKey[place % key.length] = (otherKey[place % key.length] ?? 0) ^ 1;
        expect(isSignedBy(otherKey, body, signature)).toBe(false);
      }),
    );
  });

  it("takes no other text for a signature", () => {
    const [key, body] = [randomBytes(32), Buffer.from("{}")];
    const good = sign(key, body);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isSignedBy(key, body, text)).toBe(text === good);
      }),
    );
    for (const text of [undefined, "", "sha256=", good.toUpperCase(), good.slice(0, -1), `${good}0`, good.slice(7)]) {
      expect(isSignedBy(key, body, text)).toBe(false);
    }
  });

  it("takes nothing where there is no key, or one that can be guessed, whatever was signed with it", () => {
    const body = Buffer.from("{}");
    for (const key of [Buffer.alloc(0), Buffer.from("secret"), Buffer.alloc(31, 1), Buffer.alloc(5000, 1)]) {
      expect(isSignedBy(key, body, sign(key, body))).toBe(false);
    }
    // What stands for the key of nobody opens nothing.
    expect(isSignedBy(undefined, body, sign(Buffer.alloc(32), body))).toBe(false);
  });
});
