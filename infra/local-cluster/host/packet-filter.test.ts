import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterPlan } from "../network-plan.ts";
import { admissionScript, clusterChains, parseTables, removalScript } from "./packet-filter.ts";

const portMap = (chain: string, network: string) =>
  `-A CNI-HOSTPORT-DNAT -m comment --comment "dnat name: \\"${network}\\" id: \\"0b5f\\"" -j ${chain}`;

const ours = `*nat
:POSTROUTING ACCEPT [0:0]
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:EDGE-LOCAL-MASQ - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-DN-aaaa - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -j EDGE-LOCAL-MASQ
-A POSTROUTING -s 192.168.7.0/24 -j MASQUERADE
${portMap("CNI-DN-aaaa", "edge-local")}
-A CNI-DN-aaaa -p tcp -j DNAT --to-destination 10.244.0.2:80
-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-X
COMMIT
`;

const shared = ours.replace(
  "-A CNI-DN-aaaa",
  `${portMap("CNI-DN-bbbb", "podman")}\n-A CNI-DN-bbbb -p tcp -j DNAT --to-destination 10.88.0.2:80\n-A CNI-DN-aaaa`,
);

const nat = (save: string) => clusterChains(parseTables(save)[0] ?? { name: "", chains: [], rules: [] });

describe("clusterChains", () => {
  it("finds Kubernetes' chains, ours, and those of our pods' ports", () => {
    expect(nat(ours)).toEqual(["KUBE-SERVICES", "EDGE-LOCAL-MASQ", "CNI-HOSTPORT-DNAT", "CNI-DN-aaaa"]);
  });

  it("leaves the chains alone that another program's containers use", () => {
    expect(nat(shared)).toEqual(["KUBE-SERVICES", "EDGE-LOCAL-MASQ", "CNI-DN-aaaa"]);
  });
});

describe("removalScript", () => {
  it("empties chains, removes the jumps to them, and then the chains", () => {
    expect(removalScript(ours)).toBe(`*nat
:KUBE-SERVICES - [0:0]
:EDGE-LOCAL-MASQ - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-DN-aaaa - [0:0]
-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-D POSTROUTING -j EDGE-LOCAL-MASQ
-X KUBE-SERVICES
-X EDGE-LOCAL-MASQ
-X CNI-HOSTPORT-DNAT
-X CNI-DN-aaaa
COMMIT
`);
  });

  it("takes only our ports out of a chain that others use", () => {
    const script = removalScript(shared);
    expect(script).toContain(`-D CNI-HOSTPORT-DNAT -m comment --comment "dnat name: \\"edge-local\\"`);
    expect(script).not.toContain("podman");
    expect(script).not.toContain("bbbb");
  });

  it("is empty where no cluster was", () => {
    expect(removalScript("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n")).toBe("");
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => typeof removalScript(text) === "string"));
  });
});

describe("admissionScript", () => {
  const plans = clusterPlan("dual").map((plan) => [plan.family, plan] as const);

  it.each(plans)("makes what removalScript takes away again, of %s", (_, plan) => {
    const chains = parseTables(admissionScript("", plan)).flatMap(({ chains }) => chains);
    expect(chains.length).toBe(3);
    expect(parseTables(admissionScript("", plan)).flatMap(clusterChains)).toEqual(chains);
  });

  it.each(plans)("names addresses of %s alone", (_, plan) => {
    const named = [...admissionScript("", plan).matchAll(/ -[sd] (\S+)/g)].map(([, address]) => address);
    expect(new Set(named)).toEqual(new Set([plan.podRange, plan.nodeAddress]));
  });

  it.each(plans)("adds nothing twice, of %s", (_, plan) => {
    expect(admissionScript(admissionScript("", plan), plan)).toBe("");
  });
});
