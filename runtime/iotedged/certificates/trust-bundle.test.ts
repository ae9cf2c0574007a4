import { expect, it } from "vitest";
import { bundleTime, bundleVectors } from "../../../test/support/trust-bundles.ts";
import { endOfBundle, loadTrustBundle } from "./trust-bundle.ts";

it.each(bundleVectors)("finds $name $verdict, as who deploys it does", ({ pem, cas, reason = "" }) => {
  const load = () => loadTrustBundle(pem, bundleTime);
  if (cas === undefined) expect(load).toThrow(`ConfigMap iotedged-proxy-trust-bundle cannot be used: ${reason}`);
  else expect(load()).toMatchObject({ pem, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

it("takes a bundle of which every CA has ended where it is not asked for the time, and tells when the last did", () => {
  const { pem = "" } = bundleVectors.find(({ needs }) => needs === "clock") ?? {};
  expect(endOfBundle(loadTrustBundle(pem), bundleTime)).toBe(Date.parse("2027-01-01T00:00:00Z"));
  expect(endOfBundle(loadTrustBundle(pem), Date.parse("2026-06-01"))).toBeUndefined();
});
