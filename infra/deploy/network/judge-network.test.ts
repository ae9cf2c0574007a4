import { expect, it } from "vitest";
import { FakeCluster } from "../../../test/fakes/cluster.ts";
import { readApiServer, readDns } from "./cluster-services.ts";
import { networkFault } from "./judge-network.ts";

const policy = (name: string, egress: readonly object[], namespace = "edge-a") => ({
  ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace } },
  spec: { policyTypes: ["Ingress", "Egress"], egress },
});
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));
const udp = (...ports: number[]) => ports.map((port) => ({ protocol: "UDP", port }));
const open = [{ ports: udp(53, 5353) }, { ports: tcp(443, 6443, 8443, 16443) }];

interface Situation {
  readonly address?: string;
  readonly apiPort?: number;
  readonly dnsPort?: number;
}

function clusterWith({ address = "10.0.0.5", apiPort = 6443, dnsPort = 53 }: Situation): FakeCluster {
  const cluster = new FakeCluster();
  const serve = (
    namespace: string,
    name: string,
    clusterIP: string,
    behind: string,
    front: number,
    port: number,
    protocol: string,
  ) => {
    cluster.put({
      ...{ apiVersion: "v1", kind: "Service", metadata: { name, namespace } },
      spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port: front, protocol }] },
    });
    cluster.put({
      ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
      metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
      ...{
        endpoints: [{ addresses: [behind] }],
        ports: [
          { port, protocol },
          { port: 9153, protocol: "SCTP" },
        ],
      },
    });
  };
  serve("default", "kubernetes", "10.96.0.1", address, 443, apiPort, "TCP");
  serve("kube-system", "kube-dns", "10.96.0.10", "10.244.0.3", 53, dnsPort, "UDP");
  return cluster;
}

async function faultsIn(cluster: FakeCluster, policies: readonly ReturnType<typeof policy>[]) {
  const [apiServer, dns] = await Promise.all([readApiServer(cluster), readDns(cluster)]);
  const faults = [
    networkFault("edge-a", policies, "api-server", apiServer),
    networkFault("edge-a", policies, "dns", dns),
  ];
  return faults.flatMap((fault) => fault ?? []);
}

it.each<readonly [string, Situation]>([
  ["kubeadm", {}],
  ["MicroK8s", { apiPort: 16443 }],
  ["minikube", { apiPort: 8443 }],
  ["a managed cluster", { apiPort: 443, address: "34.1.2.3" }],
  ["OpenShift's DNS", { dnsPort: 5353 }],
])("says nothing of %s", async (_, situation) => {
  expect(await faultsIn(clusterWith(situation), [policy("iotedged", open), policy("edgeagent", open)])).toEqual([]);
});

it("names the setting for an API server and a DNS at ports of their own", async () => {
  const cluster = clusterWith({ apiPort: 26443, dnsPort: 10053 });
  expect(await faultsIn(cluster, [policy("iotedged", open)])).toEqual([
    {
      side: "behind",
      message: "edge-a: NetworkPolicy iotedged lets nobody reach the API server at 10.0.0.5:26443",
      evidence: "the API server is at 10.0.0.5:26443, behind Service 10.96.0.1:443",
      setting: "networkPolicy: { apiServerPorts: [443, 26443] }",
    },
    {
      side: "behind",
      message: "edge-a: NetworkPolicy iotedged lets nobody reach the cluster's DNS at 10.244.0.3:10053",
      evidence: "the cluster's DNS is at 10.244.0.3:10053, behind Service 10.96.0.10:53",
      setting: "networkPolicy: { dnsPorts: [53, 10053] }",
    },
  ]);
});

it("tells that the API server has moved from the addresses that the setting names", async () => {
  const to = ["10.96.0.1/32", "10.0.0.0/28"].map((cidr) => ({ ipBlock: { cidr } }));
  const pinned = [policy("iotedged", [{ ports: udp(53) }, { to, ports: tcp(443, 6443) }])];
  expect(await faultsIn(clusterWith({}), pinned)).toEqual([]);
  const [moved] = await faultsIn(clusterWith({ address: "10.0.0.99" }), pinned);
  expect(moved?.message).toContain("lets nobody reach the API server at 10.0.0.99:6443");
  const addresses = "apiServerAddresses: [10.96.0.1, 10.0.0.99]";
  expect(moved?.setting).toBe(`networkPolicy: { ${addresses}, apiServerPorts: [443, 6443] }`);
  const [other] = await faultsIn(clusterWith({ address: "fd00::5" }), pinned);
  expect(other?.setting).toContain('apiServerAddresses: [10.96.0.1, "fd00::5"]');
});

it("does not count a hole in a range, nor rules for pods", async () => {
  const except = [{ ipBlock: { cidr: "10.0.0.0/24", except: ["10.0.0.4/30"] } }];
  const pods = [{ podSelector: {} }];
  for (const to of [except, pods]) {
    const policies = [policy("edgeagent", [{ ports: udp(53) }, { to, ports: tcp(443, 6443) }])];
    expect(await faultsIn(clusterWith({}), policies)).toHaveLength(1);
  }
});

it("judges the daemons' policies alone, and nothing where the cluster does not tell", async () => {
  expect(await faultsIn(clusterWith({}), [policy("iotedge-pull", [])])).toEqual([]);
  expect(await faultsIn(new FakeCluster(), [policy("iotedged", [])])).toEqual([]);
});
