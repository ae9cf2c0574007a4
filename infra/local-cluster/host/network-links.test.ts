import { describe, expect, it } from "vitest";
import { clusterLinks, overlappingRoute } from "./network-links.ts";

const link = (ifname: string, ...addresses: string[]) => ({ ifname, addr_info: addresses.map((local) => ({ local })) });

describe("clusterLinks", () => {
  it("finds the bridge and the pods' links among others", () => {
    const links = [
      link("lo", "127.0.0.1"),
      link("eth0", "10.244.7.7"),
      link("edge-node0", "10.245.0.1"),
      link("veth0a1b", "10.244.0.1", "fe80::1"),
      link("vethdocker", "172.17.0.1"),
      link("down"),
    ];
    expect(clusterLinks(links)).toEqual(["edge-node0", "veth0a1b"]);
  });
});

describe("overlappingRoute", () => {
  it.each(["10.244.0.0/22", "10.244.1.0/24", "10.244.3.9", "10.245.0.1"])("finds another network's %s", (dst) => {
    expect(overlappingRoute([{ dst: "default" }, { dst, dev: "flannel.1" }])?.dev).toBe("flannel.1");
  });

  it.each(["default", "10.0.0.0/8", "10.244.0.0/16", "10.244.4.0/24", "10.245.0.0/24", "192.168.1.0/24"])(
    "takes no offence at %s",
    (dst) => expect(overlappingRoute([{ dst, dev: "tun0" }])).toBeUndefined(),
  );
});
