import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSasToken } from "./sas-token.ts";

const signature = Buffer.alloc(32, 250).toString("base64");
const sig = encodeURIComponent(signature);
const sr = encodeURIComponent("hub.example/devices/line-1/modules/sensor");

describe("parseSasToken", () => {
  it("reads what the SDKs make", () => {
    expect(parseSasToken(`SharedAccessSignature sr=${sr}&sig=${sig}&se=1700000000`)).toEqual({
      resource: "hub.example/devices/line-1/modules/sensor",
      expiry: 1_700_000_000_000,
      signed: `${sr}\n1700000000`,
      signature: Buffer.from(signature, "base64"),
    });
  });

  it("takes the fields in any order, and others beside them", () => {
    expect(parseSasToken(`SharedAccessSignature se=1&skn=&sig=${sig}&sr=${sr}`)?.expiry).toBe(1000);
  });

  it.each([
    ["nothing", ""],
    ["another scheme", `Bearer sr=${sr}&sig=${sig}&se=1`],
    ["no expiry", `SharedAccessSignature sr=${sr}&sig=${sig}`],
    ["an expiry that is no number", `SharedAccessSignature sr=${sr}&sig=${sig}&se=1e9`],
    ["two expiries", `SharedAccessSignature sr=${sr}&sig=${sig}&se=1&se=9`],
    ["two resources", `SharedAccessSignature sr=${sr}&sr=x&sig=${sig}&se=1`],
    ["a signature of another length", `SharedAccessSignature sr=${sr}&sig=AAAA&se=1`],
    ["a broken escape", `SharedAccessSignature sr=%zz&sig=${sig}&se=1`],
    ["too much", `SharedAccessSignature sr=${"a".repeat(5000)}&sig=${sig}&se=1`],
  ])("refuses %s", (_, text) => {
    expect(parseSasToken(text)).toBeUndefined();
  });

  it("never throws", () => {
    const field = fc.constantFrom("sr=", "sig=", "se=", sig, sr, "&", "=", "%", "1");
    const text = fc.oneof(
      fc.string(),
      fc.array(field).map((parts) => `SharedAccessSignature ${parts.join("")}`),
    );
    fc.assert(fc.property(text, (input) => void parseSasToken(input)));
  });
});
