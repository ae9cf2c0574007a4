import fc from "fast-check";
import { expect, it } from "vitest";
import { isExcluded } from "./no-proxy.ts";

it.each([
  ["api.example.com", "example.com", true],
  ["api.example.com", ".example.com", true],
  ["api.example.com", "*.example.com", true],
  ["api.example.com", "other.com, api.example.com:6443", true],
  ["api.example.com", "*", true],
  ["badexample.com", "example.com", false],
  ["10.1.2.3", "10.0.0.0/8", true],
  ["10.1.2.3", "10.1.2.3", true],
  ["11.1.2.3", "10.0.0.0/8", false],
  ["[fd00::1]", "fd00::/8", true],
  ["10.1.2.3", "10.0.0.0/99", false],
  ["127.0.0.1", "", true],
  ["api.example.com", "", false],
])("%s and NO_PROXY=%j: %s", (host, noProxy, excluded) => {
  expect(isExcluded(host, noProxy)).toBe(excluded);
});

it("takes whatever the environment holds", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (host, noProxy) => typeof isExcluded(host, noProxy) === "boolean"));
});
