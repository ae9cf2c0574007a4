import { describe, expect, it } from "vitest";
import { closedToHub, type HubWay, neededPorts } from "./hub-ports.ts";

const direct: HubWay = { hubHostname: "hub.test", serviceHostname: undefined, webSocket: false, proxy: undefined };
const proxy = { url: "http://proxy.test:3128", exceptions: [] };
const policy = (name: string, egress: readonly object[]) => ({
  metadata: { name },
  spec: { policyTypes: ["Egress"], egress },
});
const tcp = (port: number, ...cidrs: string[]) => ({
  ...(cidrs.length > 0 && { to: cidrs.map((cidr) => ({ ipBlock: { cidr } })) }),
  ports: [{ protocol: "TCP", port }],
});
const told = (way: Partial<HubWay>) =>
  neededPorts({ ...direct, ...way }).map(({ policy: name, port, address = "any" }) => `${name} ${address}:${port}`);

describe("the ports that daemons need", () => {
  it.each<[string, Partial<HubWay>, readonly string[]]>([
    ["MQTT", {}, ["iotedged any:443", "edgeagent any:8883"]],
    ["WebSocket", { webSocket: true }, ["iotedged any:443", "edgeagent any:443"]],
    ["a proxy", { proxy }, ["iotedged any:3128", "edgeagent any:8883"]],
    ["a proxy and WebSocket", { proxy, webSocket: true }, ["iotedged any:3128", "edgeagent any:3128"]],
    [
      "a proxy of an address, without a port",
      { proxy: { url: "https://[fd00::1]", exceptions: [] }, webSocket: true },
      ["iotedged fd00::1:443", "edgeagent fd00::1:443"],
    ],
    [
      "a proxy that is not for the hub",
      { proxy: { ...proxy, exceptions: ["hub.test"] }, serviceHostname: "dps.test", webSocket: true },
      ["iotedged any:3128", "iotedged any:443", "edgeagent any:443"],
    ],
    [
      "a provisioning service that has not named the hub",
      { hubHostname: undefined, serviceHostname: "dps.test" },
      ["iotedged any:443"],
    ],
  ])("by %s", (_, way, wanted) => expect(told(way)).toEqual(wanted));
});

describe("a port is closed", () => {
  const needed = (way: Partial<HubWay>) => neededPorts({ ...direct, ...way });
  const closed = (policies: Parameters<typeof closedToHub>[0], way: Partial<HubWay>) =>
    closedToHub(policies, needed(way)).map(({ policy: name, port }) => `${name} ${port}`);

  it("where the policy of the daemon that needs it does not let it out, whatever the other's does", () => {
    const policies = [policy("iotedged", [tcp(443)]), policy("edgeagent", [tcp(8883)])];
    expect(closed(policies, {})).toEqual([]);
    expect(closed(policies, { webSocket: true })).toEqual(["edgeagent 443"]);
    expect(closed(policies, { proxy, webSocket: true })).toEqual(["iotedged 3128", "edgeagent 3128"]);
  });

  it("where it is open to some addresses alone, and no address is known", () => {
    expect(closed([policy("iotedged", [tcp(443, "10.0.0.1/32")])], {})).toEqual(["iotedged 443"]);
  });

  it("where it is not open to the proxy's address", () => {
    const way = { proxy: { url: "http://10.0.0.1:3128", exceptions: [] } };
    expect(closed([policy("iotedged", [tcp(3128, "10.0.0.1/32")])], way)).toEqual([]);
    expect(closed([policy("iotedged", [tcp(3128, "10.0.0.2/32")])], way)).toEqual(["iotedged 3128"]);
  });

  it("by no policy where there is none", () => expect(closed([], {})).toEqual([]));
});
