import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createAuthority, type KeyPair } from "../../test/iot-hub/index.ts";
import { parseDeviceCertificate, parseDeviceKey } from "./device-credential.ts";

const key = Buffer.alloc(32, 7).toString("base64");

describe("a device's key", () => {
  it("is base64, with blanks around it", () => {
    const read = parseDeviceKey(` ${key}\n`, "it");
    expect("key" in read && read.key.export().toString("base64")).toBe(key);
  });

  it.each(["", "c2hvcnQ=", `${key}!`, Buffer.alloc(65).toString("base64"), "A".repeat(1_000_000)])(
    "is told apart from what is none, without it: %#",
    (text) => {
      const read = parseDeviceKey(text, "it");
      expect(read).toEqual({ reason: expect.stringContaining("it is ") });
      if (text !== "") expect(JSON.stringify(read)).not.toContain(text);
    },
  );
});

describe("a device's certificate", () => {
  let pair: KeyPair;
  let other: string;
  const now = Date.parse("2026-06-01T00:00:00Z");
  beforeAll(async () => {
    const authority = await createAuthority("CA of devices", now);
    pair = await authority.issue({ commonName: "line-1", notAfter: now + 1000 });
    other = generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString();
  });

  it("is read with its key, its CAs and its end", async () => {
    const chain = pair.cert + (await createAuthority("CA", now)).pem;
    const { key: privateKey } = pair;
    expect(parseDeviceCertificate(chain, privateKey)).toEqual({
      ...{ type: "certificate", certificate: chain, privateKey, notAfter: now + 1000 },
    });
  });

  it("is told apart from what is none, without its key", () => {
    const encrypted = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    }).privateKey;
    const cases: [string, string, string][] = [
      ["", pair.key, "no certificate"],
      [pair.cert, " ", "no key"],
      ["nonsense", pair.key, "is none"],
      [pair.cert, "nonsense", "is none"],
      [pair.cert, encrypted, "without a password"],
      [pair.cert, other, "not the certificate's"],
      [pair.cert, "x".repeat(70_000), "longer"],
    ];
    for (const [certificate, privateKey, reason] of cases) {
      const read = parseDeviceCertificate(certificate, privateKey);
      expect(read).toEqual({ reason: expect.stringContaining(reason) });
      expect(JSON.stringify(read)).not.toContain(pair.key.split("\n")[1]);
    }
  });
});
