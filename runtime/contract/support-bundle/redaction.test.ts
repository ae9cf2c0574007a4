import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactObject } from "./redact-object.ts";
import { scrubText } from "./scrub-text.ts";

const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";

describe("redaction", () => {
  it("takes a token out of any text, wherever it stands", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const [, payload = "", signature = ""] = token.split(".");
        const text = scrubText(`${before} ${token} ${after}`);
        expect(text).not.toContain(payload);
        expect(text).not.toContain(signature);
      }),
    );
  });

  it("keeps the shape of any object, and never fails", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typeof redactObject(value)).toBe(typeof value);
      }),
    );
  });

  it("takes time in proportion to the text, also of one that is made to take long", () => {
    const hostile = ["eyJ-".repeat(250_000), "bearer ".repeat(150_000), "sig=".repeat(250_000), "a.".repeat(500_000)];
    for (const text of hostile) expect(scrubText(text).length).toBeLessThanOrEqual(text.length + 20);
  });
});
