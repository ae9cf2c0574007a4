import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHost, moduleObjectName } from "#contract";
import { serviceHostNames } from "./host-names.ts";
import { type NamedModule, type NamingOfInstallation, serverNamesFor } from "./server-names.ts";

const installation = { namespace: "edge-a", gatewayHostname: "Gateway.example", hubHostname: "hub.azure-devices.net" };
const allotted = ["Ingest.example", "192.0.2.10"];

function moduleOf(moduleId: string, more: Partial<NamedModule> = {}): NamedModule {
  const objectName = moduleObjectName(moduleId);
  const podName = `${objectName}-6f7c9-x2x4z`;
  return { moduleId, objectName, podName, hostname: undefined, allotted, serviceNames: [], ...more };
}

const judge = (name: string, module: NamedModule, naming: NamingOfInstallation = installation) =>
  serverNamesFor(name, module, naming);
const hostsOf = (objectName: string) => serviceHostNames(objectName, "edge-a");

describe("a module", () => {
  it.each(["sensor", "Sensor", "sensor.edge-a", "sensor.edge-a.svc", "sensor.edge-a.svc.cluster.local"])(
    "gets the names of its Service when it asks for %s",
    (name) => {
      expect(judge(name, moduleOf("sensor"))).toEqual({ commonName: name, hosts: hostsOf("sensor") });
    },
  );

  it.each(["OpcPlc", "opcplc", "opcplc.edge-a.svc"])(
    "gets the names of all its Services when it asks for %s, by which others find it",
    (name) => {
      const module = moduleOf("OpcPlc", { serviceNames: ["opcplc"] });
      const hosts = [...hostsOf(module.objectName), ...hostsOf("opcplc")];
      expect(judge(name, module)).toMatchObject({ hosts });
    },
  );

  it.each(["gateway.example", "hub.azure-devices.net"])("gets no Service's name that is %s", (taken) => {
    const naming = { ...installation, gatewayHostname: "opcplc", hubHostname: taken };
    const module = moduleOf("OpcPlc", { serviceNames: ["opcplc"] });
    expect(judge("OpcPlc", module, naming)).toMatchObject({ hosts: hostsOf(module.objectName) });
    expect(judge("opcplc.edge-a", moduleOf("OpcPlc"))).toMatchObject({ rule: "name-of-service" });
  });

  it.each([
    ["its id, which is no name of a host", "Temperature Sensor"],
    ["its id, which could be the name of another module's Service", "SENSOR"],
    ["its id, which is the name of iotedged's", "iotedged"],
    ["$edgeHub's id", "$edgeHub"],
  ])("gets the names of its Service, and no other, when it asks for %s", (_what, id) => {
    const { objectName } = moduleOf(id);
    expect(judge(id, moduleOf(id))).toEqual({ commonName: objectName, hosts: hostsOf(objectName) });
  });

  it.each(["sensor-6f7c9-x2x4z", "publisher", "Publisher", "edgehub", "iotedged.edge-a.svc", "gateway.example"])(
    "gets the names of its Service, and no other, when it asks for what its host is called, %s",
    (name) => {
      const named = moduleOf("sensor", name.startsWith("sensor") ? {} : { hostname: name.toLowerCase() });
      expect(judge(name, named)).toEqual({ commonName: "sensor", hosts: hostsOf("sensor") });
    },
  );

  it.each(["ingest.example", "INGEST.example", "192.0.2.10"])("gets %s, which is allotted to it", (name) => {
    expect(judge(name, moduleOf("sensor"))).toEqual({
      commonName: name,
      hosts: [name.toLowerCase(), ...hostsOf("sensor")],
    });
    const rule = "name-not-allotted";
    expect(judge(name, moduleOf("sensor", { allotted: [] }))).toEqual({ rule, host: name.toLowerCase() });
  });

  it.each([
    ["gateway.example", "name-of-gateway"],
    ["hub.azure-devices.net", "name-of-hub"],
    ["iotedged", "name-of-runtime"],
    ["iotedged.edge-a.svc", "name-of-runtime"],
    ["iotedged.edge-a.svc.corp.internal", "name-of-runtime"],
    ["edgeagent.edge-a", "name-of-runtime"],
    ["edgehub", "name-of-service"],
    ["not-there-yet", "name-of-service"],
    ["not-there-yet.edge-a", "name-of-service"],
    ["not-there-yet.edge-a.svc.corp.internal", "name-of-service"],
    ["kubernetes.default.svc", "name-of-service"],
    ["kubernetes.default", "name-of-service"],
    ["kube-dns.kube-system", "name-of-service"],
    ["hub.edge-b.svc.cluster.local", "name-of-service"],
    ["edgehub-0.edgehub.edge-a.svc.cluster.local", "name-of-service"],
    ["10-0-0-7.edge-a.pod.cluster.local", "name-of-service"],
    ["localhost", "name-of-service"],
  ])("does not get %s, also when that is allotted to it: %s", (host, rule) => {
    expect(judge(host, moduleOf("sensor", { allotted: [host, host.toUpperCase()] }))).toEqual({ rule, host });
  });

  it.each(["", "a b", "*.example", "a..b", "é"])("gets nothing for %j, which is no name", (name) => {
    expect(judge(name, moduleOf("sensor", { allotted: [name] }))).toBeUndefined();
  });
});

describe("the gateway's name", () => {
  it("is $edgeHub's, beside those of its Service", () => {
    const hosts = ["gateway.example", ...hostsOf("edgehub")];
    expect(judge("Gateway.example", moduleOf("$edgeHub"))).toEqual({ commonName: "Gateway.example", hosts });
  });

  it("is $edgeHub's where it is that of its Service, as it is by default", () => {
    const naming = { ...installation, gatewayHostname: "edgehub" };
    expect(judge("edgehub", moduleOf("$edgeHub"), naming)).toEqual({
      commonName: "edgehub",
      hosts: hostsOf("edgehub"),
    });
    expect(judge("edgehub", moduleOf("sensor"), naming)).toEqual({ rule: "name-of-gateway", host: "edgehub" });
  });

  it("is $edgeHub's where it is short, or an address", () => {
    for (const gatewayHostname of ["gw", "10.0.0.1"]) {
      const naming = { ...installation, gatewayHostname };
      expect(judge(gatewayHostname, moduleOf("$edgeHub"), naming)).toHaveProperty("hosts");
      const thief = moduleOf("sensor", { allotted: [gatewayHostname] });
      expect(judge(gatewayHostname, thief, naming)).toMatchObject({ rule: "name-of-gateway" });
    }
  });

  it("is $edgeHub's in every spelling of an address", () => {
    const spellings = {
      "fd00::a": ["fd00:0::a", "FD00::000A", "fd00:0:0:0:0:0:0:a"],
      "192.0.2.9": ["::ffff:192.0.2.9", "::FFFF:c000:209"],
    };
    for (const [gatewayHostname, others] of Object.entries(spellings))
      for (const spelling of others) {
        const naming = { ...installation, gatewayHostname };
        const thief = moduleOf("sensor", { allotted: [spelling] });
        expect(judge(spelling, thief, naming)).toEqual({ rule: "name-of-gateway", host: gatewayHostname });
        expect(judge(spelling, moduleOf("$edgeHub"), naming)).toHaveProperty("hosts.0", gatewayHostname);
      }
  });

  it("gets a module nothing that has it for the name of its Service", () => {
    const naming = { ...installation, gatewayHostname: "sensor" };
    for (const name of ["sensor", "sensor.edge-a.svc", "ingest.example"])
      expect(judge(name, moduleOf("sensor"), naming)).toMatchObject({ rule: "name-of-gateway" });
  });

  it("never makes $edgeHub iotedged", () => {
    const naming = { ...installation, gatewayHostname: "iotedged" };
    expect(judge("iotedged", moduleOf("$edgeHub"), naming)).toMatchObject({ rule: "name-of-runtime" });
  });
});

it("never gives two modules a name in common, but what is allotted to both, whatever they ask for", () => {
  const id = fc.oneof(
    fc.constantFrom("$edgeHub", "$edgeAgent", "sensor", "Sensor", "iotedged"),
    fc.string({ minLength: 1 }),
  );
  const name = fc.oneof(
    fc.constantFrom("sensor", "edgehub", "iotedged", "gateway.example", "sensor.edge-a.svc", "sensor.edge-a.svc.x.y"),
    fc.domain(),
    fc.ipV4(),
    fc.string(),
  );
  const hosts = fc.array(name, { maxLength: 4 });
  fc.assert(
    fc.property(id, id, name, name, hosts, hosts, (one, other, asked, alsoAsked, listed, alsoListed) => {
      fc.pre(one !== other);
      const [mine, theirs] = [
        judge(asked, moduleOf(one, { allotted: listed, hostname: alsoAsked })),
        judge(alsoAsked, moduleOf(other, { allotted: alsoListed, hostname: asked })),
      ];
      if (mine === undefined || "rule" in mine || theirs === undefined || "rule" in theirs) return;
      const both = (host: string) =>
        [listed, alsoListed].every((list) => list.some((entry) => canonicalHost(entry) === host));
      const names = (granted: typeof mine) => [...granted.hosts, canonicalHost(granted.commonName) ?? ""];
      const common = names(mine).filter((host) => names(theirs).includes(host) && !both(host));
      expect(common).toEqual([]);
      for (const host of names(mine)) if (host.startsWith("iotedged")) expect(one).toBe("iotedged");
    }),
    { numRuns: 2000 },
  );
});
