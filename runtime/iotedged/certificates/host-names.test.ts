import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHost } from "#contract";
import { alternativeNames, serviceHostNames } from "./host-names.ts";

describe("canonicalHost", () => {
  it.each([
    ["Gateway.Example.COM", "gateway.example.com"],
    ["edgehub", "edgehub"],
    ["10.0.0.1", "10.0.0.1"],
    ["2001:DB8::1", "2001:db8::1"],
    ["my_host", "my_host"],
    ["a".repeat(63), "a".repeat(63)],
  ])("takes %s", (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical);
  });

  it.each([
    "",
    " ",
    "a b",
    "*.example.com",
    "a..b",
    ".a",
    "a.",
    "-a",
    "a-",
    "fe80::1%eth0",
    "a\0b",
    "é",
    "a".repeat(64),
    "a/b",
  ])("refuses %j", (host) => {
    expect(canonicalHost(host)).toBeUndefined();
  });

  it("gives back what it takes, once canonical", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.domain(), fc.ipV4(), fc.ipV6()), (host) => {
        const canonical = canonicalHost(host);
        if (canonical !== undefined) expect(canonicalHost(canonical)).toBe(canonical);
      }),
    );
  });
});

it("names a Service in all the ways that the cluster's DNS knows", () => {
  expect(serviceHostNames("hub", "edge-a")).toEqual([
    "hub",
    "hub.edge-a",
    "hub.edge-a.svc",
    "hub.edge-a.svc.cluster.local",
  ]);
});

it("tells addresses from names, each once", () => {
  expect(alternativeNames(["hub", "10.0.0.1", "hub", "::1"])).toEqual([
    { type: "dns", value: "hub" },
    { type: "ip", value: "10.0.0.1" },
    { type: "ip", value: "::1" },
  ]);
});
