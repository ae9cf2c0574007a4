import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readToken, tokenExpiry } from "./token.ts";

const directory = mkdtempSync(join(tmpdir(), "token-"));
const file = join(directory, "token");
afterAll(() => rmSync(directory, { recursive: true }));

const read = (content: string) => {
  writeFileSync(file, content);
  return readToken(file);
};

describe("readToken", () => {
  it("trims the token", () => {
    expect(read("\n aaa.bbb-_.ccc= \r\n")).toBe("aaa.bbb-_.ccc=");
  });

  it.each(["", "\n", "two words", "line\nbreak", "umläut", "a\u0000b", "=", "x".repeat(16385)])(
    "finds none in content %#",
    (content) => {
      expect(read(content)).toBeUndefined();
    },
  );

  it("finds none in a file that is missing", () => {
    expect(readToken(join(directory, "missing"))).toBeUndefined();
  });

  it("never yields what could end a header field", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (content) => /^[!-~]*$/.test(read(content) ?? "")));
  });
});

describe("tokenExpiry", () => {
  const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

  it("is the exp claim in seconds", () => {
    expect(tokenExpiry(jwt({ exp: 1_800_000_000 }))).toBe(1_800_000_000);
  });

  it.each([jwt({}), jwt({ exp: "soon" }), jwt(null), jwt(7), "opaque", "a.b", "a.!!.c", ""])(
    "is unknown in %s",
    (token) => {
      expect(tokenExpiry(token)).toBeUndefined();
    },
  );
});
