import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { deriveInstallationKeys } from "./installation-keys.ts";

const pemOf = (key: KeyObject) => key.export({ format: "pem", type: "pkcs8" }).toString();
const p256 = () => pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
const bytes = (key: KeyObject) => key.export().toString("hex");

describe("deriveInstallationKeys", () => {
  it("gives three unlike keys of 32 bytes, the same ones each time", () => {
    const pem = p256();
    const [one, again] = [deriveInstallationKeys(pem), deriveInstallationKeys(pem)];
    const all = (keys: typeof one) => Object.values(keys).map(bytes);
    expect(new Set(all(one)).size).toBe(3);
    for (const key of all(one)) expect(key).toHaveLength(64);
    expect(all(again)).toEqual(all(one));
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
