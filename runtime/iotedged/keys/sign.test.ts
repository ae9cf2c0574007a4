import { createHmac, createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { createSigner } from "./sign.ts";

const moduleOf = (moduleId: string, generationId: string): ModuleIdentity => ({
  moduleId,
  generationId,
  objectName: "m",
  podName: "p",
  podUid: "u",
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
