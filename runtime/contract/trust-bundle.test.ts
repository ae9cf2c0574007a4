import { describe, expect, it } from "vitest";
import { bundleTime, bundleVectors } from "../../test/support/trust-bundles.ts";
import { bundleHash, readBundle } from "./trust-bundle.ts";

describe("readBundle", () => {
  it.each(bundleVectors)("judges $name as $verdict", ({ pem, cas, reason }) => {
    const judged = readBundle(pem, bundleTime);
    expect(judged.problems).toEqual(reason === undefined ? [] : [reason]);
    expect(judged.cas.map(({ fingerprint }) => fingerprint)).toEqual(cas ?? []);
  });

  it("leaves out of account when a CA ends, unless it gets the time", () => {
    const { pem = "" } = bundleVectors.find(({ needs }) => needs === "clock") ?? {};
    expect(readBundle(pem)).toMatchObject({ problems: [], cas: [{ subject: "CN=an ended root" }] });
  });

  it("tells the renewed certificate of a CA by its public key", () => {
    const { pem = "" } = bundleVectors.find(({ name }) => name === "two certificates of one key") ?? {};
    const [first, second] = readBundle(pem).cas;
    expect(second?.publicKey).toBe(first?.publicKey);
    expect(second?.fingerprint).not.toBe(first?.fingerprint);
  });
});

it("hashes the bytes of a bundle as proxies do", () => {
  expect(bundleHash("trust")).toBe("f796e2f28ae5811737ccb8233f34e09f8bb75d2511a135543d1ca37be0199a1d");
});
