import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unverifiedClaims } from "./unverified-claims.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (payload: unknown) => `${encode({ alg: "RS256" })}.${encode(payload)}.c2lnbmF0dXJl`;

describe("unverifiedClaims", () => {
  it("reads expiry and audiences", () => {
    expect(unverifiedClaims(jwt({ exp: 1000, aud: ["a", "b"] }))).toEqual({
      expiresAt: 1_000_000,
      audiences: ["a", "b"],
      podUid: undefined,
    });
    expect(unverifiedClaims(jwt({ exp: 1000, aud: "a" }))?.audiences).toEqual(["a"]);
    expect(unverifiedClaims(jwt({ exp: 1000 }))?.audiences).toEqual([]);
  });

  it.each([
    [{ pod: { name: "sensor-1", uid: "u" } }, "u"],
    [{ pod: { uid: 7 } }, undefined],
    [{ pod: null }, undefined],
    [null, undefined],
    ["pod", undefined],
  ])("reads the pod of %j", (bound, uid) => {
    expect(unverifiedClaims(jwt({ exp: 1000, "kubernetes.io": bound }))?.podUid).toBe(uid);
  });

  it.each([
    ["no JWT", "opaque"],
    ["two parts", `${encode({})}.${encode({ exp: 1 })}`],
    ["four parts", `${jwt({ exp: 1 })}.x`],
    ["no JSON", "a.b.c"],
    ["no object", jwt(null)],
    ["no expiry", jwt({ aud: "a" })],
    ["an expiry that is no number", jwt({ exp: "1000" })],
  ])("knows nothing of a token with %s", (_what, token) => {
    expect(unverifiedClaims(token)).toBeUndefined();
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => jwt(JSON.parse(text))),
        ),
        (token) => {
          unverifiedClaims(token);
        },
      ),
    );
  });
});
