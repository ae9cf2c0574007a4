import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EdgeError } from "#base";
import { open, seal } from "./envelope.ts";
import { findOrMakeIdentity, parseIdentities, recipientsOf } from "./identities.ts";
import { parseRecipient } from "./recipients.ts";
import { parseSettings } from "./settings.ts";
import { newMachine } from "./test/machine.ts";

const codeOf = async (work: () => unknown) => {
  try {
    await work();
    return "fine";
  } catch (error) {
    return error instanceof EdgeError ? error.code : `no coded error: ${String(error)}`;
  }
};
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.constant("version: 1\nid: *a\n"));

describe("whatever is written", () => {
  it("settings are fine or refused with a code", async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(["fine", "EDGE_STATE_SETTINGS"]).toContain(await codeOf(() => parseSettings(text, "f")));
      }),
    );
    expect(await codeOf(() => parseSettings(" ".repeat(1024 * 1024 + 1), "f"))).toBe("EDGE_STATE_SETTINGS");
  });

  it("keys and recipients are fine or refused with a code, and none is quoted", () => {
    const secret = `AGE-SECRET-KEY-1${"Q".repeat(40)}`;
    fc.assert(
      fc.property(anyText, (text) => {
        for (const parse of [() => parseIdentities(`${text}\n${secret}x`, "f"), () => parseRecipient(text + secret)]) {
          try {
            parse();
            expect.fail("it was accepted");
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^EDGE_STATE_(IDENTITY|RECIPIENT)$/) });
            expect(JSON.stringify(error) + String(error)).not.toContain("QQQQ");
          }
        }
      }),
    );
  });

  it("a sealed state with any byte changed is refused, or says what it said", async () => {
    await using machine = await newMachine();
    const identities = await findOrMakeIdentity(machine.env);
    const recipients = [...(await recipientsOf(identities))];
    const sealed = await seal({ id: "i", stack: "s", recipients, state: "x".repeat(100) });
    const whole = await open(sealed, identities, "p");
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sealed.length - 1),
        fc.string({ unit: "binary-ascii", size: "small" }),
        async (at, put) => {
          const changed = sealed.slice(0, at) + put + sealed.slice(at + put.length);
          const opened = await open(changed, identities, "p").catch((error) => error.code);
          if (opened !== "EDGE_STATE_DAMAGED" && opened !== "EDGE_STATE_NOT_A_RECIPIENT") expect(opened).toEqual(whole);
        },
      ),
      { numRuns: 200 },
    );
  });
});
