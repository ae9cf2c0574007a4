import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { everyAddress } from "./every-address.ts";

const address = (text: string, internal = false): NetworkInterfaceInfo => {
  const common = { address: text, internal, netmask: "", mac: "", cidr: null };
  return text.includes(":") ? { ...common, family: "IPv6", scopeid: 0 } : { ...common, family: "IPv4" };
};
const lo = [address("127.0.0.1", true), address("::1", true)];

test.each([
  ["of IPv4", ["10.244.0.7"], "0.0.0.0"],
  ["of IPv4 whose kernel has IPv6", ["10.244.0.7", "fe80::42:acff:fe11:2"], "0.0.0.0"],
  ["of IPv6", ["fd65:6467:6500:244::7", "fe80::42:acff:fe11:2"], "::"],
  ["of both", ["10.244.0.7", "fd65:6467:6500:244::7"], "::"],
  ["without any", [], "0.0.0.0"],
])("a pod %s listens at all that it has", (_, own, expected) => {
  expect(everyAddress({ lo, eth0: own.map((text) => address(text)) })).toBe(expected);
});
