import { describe, expect, it } from "vitest";
import { moduleLabels, pullerLabels } from "#contract";
import { edgeAgentPolicy, iotedgedPolicy } from "./network-policy.ts";
import { connected, recordInstallation } from "./test/sample.ts";

const open = { apiServerAddresses: [], apiServerPorts: [6443], dnsPorts: [53] };
const dns = {
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};
const apiServer = { ports: [{ protocol: "TCP", port: 6443 }] };
const management = { protocol: "TCP", port: 35000 };
const workload = { protocol: "TCP", port: 35001 };
const podsOf = (name: string) => ({
  podSelector: { matchLabels: { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": "line-1" } },
});

describe("network policies", () => {
  it("let the namespace reach the workload API, EdgeAgent alone the management API, and everyone the metrics", () => {
    expect(iotedgedPolicy("line-1", open)).toEqual({
      podSelector: {
        matchLabels: { "app.kubernetes.io/name": "iotedged", "app.kubernetes.io/instance": "line-1" },
      },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { from: [{ podSelector: {} }], ports: [workload] },
        { from: [podsOf("edgeagent")], ports: [management] },
        { ports: [{ protocol: "TCP", port: 9600 }] },
      ],
      egress: [dns, apiServer],
    });
  });

  it("let EdgeAgent reach DNS, the API server and iotedged", () => {
    const { ingress, egress, podSelector } = edgeAgentPolicy("line-1", open) as ReturnType<typeof iotedgedPolicy> & {
      podSelector: unknown;
    };
    expect(podSelector).toEqual({
      matchLabels: { "app.kubernetes.io/name": "edgeagent", "app.kubernetes.io/instance": "line-1" },
    });
    expect(ingress).toEqual([
      {
        ports: [
          { protocol: "TCP", port: 9600 },
          { protocol: "TCP", port: 9601 },
        ],
      },
    ]);
    expect(egress).toEqual([dns, apiServer, { to: [podsOf("iotedged")], ports: [management, workload] }]);
  });

  it("let iotedged reach IoT Hub by HTTPS and EdgeAgent by MQTT, in a connected installation alone", async () => {
    const hubRules = async (args: object) => {
      const { find } = await recordInstallation(args);
      const rules = (name: string) =>
        find("NetworkPolicy", name).inputs.spec.egress.map(({ ports }: { ports: object }) => ports);
      return [rules("iotedged"), rules("edgeagent")].map((all) => all.slice(2));
    };
    expect(await hubRules({})).toEqual([[], [[management, workload]]]);
    expect(await hubRules(connected)).toEqual([
      [[{ protocol: "TCP", port: 443 }]],
      [[management, workload], [{ protocol: "TCP", port: 8883 }]],
    ]);
  });

  it("let what fetches images reach nothing and be reached by nothing", async () => {
    const { find } = await recordInstallation({ name: "line-1" });
    const { podSelector, policyTypes, ingress, egress } = find("NetworkPolicy", "iotedge-pull").inputs.spec;
    expect([policyTypes, ingress, egress]).toEqual([["Ingress", "Egress"], undefined, undefined]);
    expect(pullerLabels("line-1", "any")).toMatchObject(podSelector.matchLabels);
    expect(moduleLabels("line-1", "any")).not.toMatchObject(podSelector.matchLabels);
  });

  it("open the API server at the given addresses alone, and EdgeAgent's way to iotedged as before", () => {
    const apiServerAddresses = ["10.96.0.1", "10.0.0.0/28", "fd00::1"];
    const to = ["10.96.0.1/32", "10.0.0.0/28", "fd00::1/128"].map((cidr) => ({ ipBlock: { cidr } }));
    expect(iotedgedPolicy("line-1", { ...open, apiServerAddresses }).egress).toEqual([dns, { to, ...apiServer }]);
    const { egress } = edgeAgentPolicy("line-1", { ...open, apiServerAddresses });
    expect(egress).toEqual([dns, { to, ...apiServer }, expect.objectContaining({ to: [podsOf("iotedged")] })]);
  });

  it.each(["localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.1/8/8", "fd00::/129", "10.0.0.500"])(
    "refuse %s as an address",
    (address) => {
      expect(() => iotedgedPolicy("line-1", { ...open, apiServerAddresses: [address] })).toThrow(
        expect.objectContaining({ code: "EDGE_INSTALLATION_NETWORK_ADDRESS" }),
      );
    },
  );

  it("open nothing where no port is given, though to Kubernetes that would be every port", () => {
    expect(iotedgedPolicy("line-1", { ...open, apiServerPorts: [], dnsPorts: [] }).egress).toEqual([]);
  });

  it.each([
    ["kubeadm, kind, k3s, Talos", 6443, 53],
    ["AKS, EKS, GKE", 443, 53],
    ["minikube", 8443, 53],
    ["MicroK8s", 16443, 53],
    ["OpenShift", 6443, 5353],
  ])("let the daemons of %s reach the API server and DNS, without a setting", async (_, apiPort, dnsPort) => {
    const { find } = await recordInstallation();
    for (const name of ["iotedged", "edgeagent"]) {
      const [toDns, toApi] = find("NetworkPolicy", name).inputs.spec.egress;
      expect(toApi.ports).toContainEqual({ protocol: "TCP", port: apiPort });
      for (const protocol of ["UDP", "TCP"]) expect(toDns.ports).toContainEqual({ protocol, port: dnsPort });
    }
  });

  it("select the pods of the Deployment", async () => {
    const { find } = await recordInstallation();
    const { labels } = find("Deployment").inputs.spec.template.metadata;
    expect(labels).toMatchObject(find("NetworkPolicy", "iotedged").inputs.spec.podSelector.matchLabels);
  });

  it("can be turned off", async () => {
    const { all } = await recordInstallation({ networkPolicy: { enabled: false } });
    expect(all("NetworkPolicy")).toEqual([]);
  });
});

describe("a connected installation", () => {
  const ports = (numbers: readonly number[]) => ({ ports: numbers.map((port) => ({ protocol: "TCP", port })) });
  const [web, mqtt] = [ports([443]), ports([8883])];
  const proxy = { httpsProxy: "http://proxy.example.com:3128" };
  it.each<[object, object[], object[]]>([
    [{}, [web], [mqtt]],
    [{ upstreamProtocol: "MqttWs" }, [web], [web]],
    [{ globalEndpoint: "https://dps.example.com" }, [web], [mqtt]],
    [{ globalEndpoint: "https://dps.example.com:8443", upstreamProtocol: "MqttWs" }, [ports([443, 8443])], [web]],
    [{ ...proxy, globalEndpoint: "https://dps.example.com:8443" }, [ports([3128])], [mqtt]],
    [proxy, [ports([3128])], [mqtt]],
    [{ ...proxy, upstreamProtocol: "MqttWs" }, [ports([3128])], [ports([3128])]],
    [{ ...proxy, noProxy: ["hub.test"], upstreamProtocol: "MqttWs" }, [ports([3128]), web], [ports([3128]), web]],
    [{ httpsProxy: "https://10.1.2.3" }, [{ to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ...web }], [mqtt]],
  ])("may reach what its connection needs, and no more: %j", (hub, ofIotedged, ofEdgeAgent) => {
    const added = (policyOf: typeof iotedgedPolicy) => {
      const [alone, own] = [policyOf("line-1", open), policyOf("line-1", { ...open, hub })] as { egress: object[] }[];
      expect(own?.egress.slice(0, alone?.egress.length)).toEqual(alone?.egress);
      return own?.egress.slice(alone?.egress.length);
    };
    expect(added(iotedgedPolicy)).toEqual(ofIotedged);
    expect(added(edgeAgentPolicy)).toEqual(ofEdgeAgent);
  });
});
