import { describe, expect, it } from "vitest";
import { clusterPlan } from "../network-plan.ts";
import { clusterLinks, overlappingRoute } from "./network-links.ts";

const link = (ifname: string, ...addresses: string[]) => ({ ifname, addr_info: addresses.map((local) => ({ local })) });

describe("clusterLinks", () => {
  it("finds the bridge and the pods' links among others", () => {
    const links = [
      link("lo", "127.0.0.1"),
      link("eth0", "10.244.7.7"),
      link("edge-node0", "10.245.0.1"),
      link("veth0a1b", "10.244.0.1", "fe80::1"),
      link("veth0c1d", "fd65:6467:6500:244::1", "fe80::1"),
      link("vethdocker", "172.17.0.1"),
      link("down"),
    ];
    expect(clusterLinks(links)).toEqual(["edge-node0", "veth0a1b", "veth0c1d"]);
  });
});

const [ipv4, ipv6] = [clusterPlan("ipv4")[0], clusterPlan("ipv6")[0]];

describe("overlappingRoute", () => {
  it.each(["10.244.0.0/22", "10.244.1.0/24", "10.244.3.9", "10.245.0.1"])("finds another network's %s", (dst) => {
    expect(overlappingRoute([{ dst: "default" }, { dst, dev: "flannel.1" }], ipv4)?.dev).toBe("flannel.1");
  });

  it.each(["default", "10.0.0.0/8", "10.244.0.0/16", "10.244.4.0/24", "10.245.0.0/24", "192.168.1.0/24"])(
    "takes no offence at %s",
    (dst) => expect(overlappingRoute([{ dst, dev: "tun0" }], ipv4)).toBeUndefined(),
  );

  const inRanges = [
    "fd65:6467:6500:244::/64",
    "fd65:6467:6500:244:a::/80",
    "fd65:6467:6500:244::9",
    "fd65:6467:6500:245::1",
  ];
  it.each(inRanges)("finds another network's %s", (dst) => {
    expect(overlappingRoute([{ dst: "default" }, { dst, dev: "wg0" }], ipv6)?.dev).toBe("wg0");
  });

  it.each(["default", "fd65:6467:6500::/48", "fd65:6467:6500:243::/64", "fe80::/64", "10.244.0.0/22"])(
    "takes no offence at %s, beside pods of IPv6",
    (dst) => expect(overlappingRoute([{ dst, dev: "tun0" }], ipv6)).toBeUndefined(),
  );
});
