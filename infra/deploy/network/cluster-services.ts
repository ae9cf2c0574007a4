import type { Cluster, LiveObject } from "../../kubernetes/index.ts";

/** Where a connection goes. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** Where pods reach a service of the cluster. Network plugins look at a connection on one side of its Service or the other. */
export interface ClusterService {
  /** At the Service. */
  readonly front: readonly Place[];
  /** At what the Service leads to; empty where the cluster does not tell. */
  readonly behind: readonly Place[];
}

interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** Where clusters have their DNS; the last is RKE2's. */
const dnsServices: readonly ServiceName[] = [
  { namespace: "kube-system", name: "kube-dns" },
  { namespace: "openshift-dns", name: "dns-default" },
  { namespace: "kube-system", name: "rke2-coredns-rke2-coredns" },
];

export async function readApiServer(cluster: Cluster): Promise<ClusterService> {
  return readService(cluster, { namespace: "default", name: "kubernetes" }, "TCP");
}

/** The cluster's DNS: nowhere, where it is at no usual place. */
export async function readDns(cluster: Cluster): Promise<ClusterService> {
  const all = await Promise.all(dnsServices.map((service) => readService(cluster, service, "UDP")));
  return { front: all.flatMap(({ front }) => front), behind: all.flatMap(({ behind }) => behind) };
}

async function readService(cluster: Cluster, { namespace, name }: ServiceName, protocol: string) {
  const [service, slices] = await Promise.all([
    cluster.get({ apiVersion: "v1", kind: "Service", namespace, name }),
    cluster.list(
      { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
      { namespace, labelSelector: `kubernetes.io/service-name=${name}` },
    ),
  ]);
  return { front: placesOfService(service, protocol), behind: placesOfSlices(slices, protocol) };
}

interface ServicePort {
  readonly port?: number;
  readonly protocol?: string;
}

function placesOfService(service: LiveObject | undefined, protocol: string): readonly Place[] {
  const { clusterIP, clusterIPs = [clusterIP], ports = [] } = service?.spec ?? {};
  const addresses: readonly string[] = clusterIPs.filter((one: unknown) => typeof one === "string" && one !== "None");
  return placesOf(addresses, ports, protocol);
}

function placesOfSlices(slices: readonly LiveObject[], protocol: string): readonly Place[] {
  return slices.flatMap(({ endpoints, ports }) => {
    const all: readonly { readonly addresses?: readonly string[] }[] = endpoints ?? [];
    return placesOf(
      all.flatMap(({ addresses = [] }) => addresses),
      ports ?? [],
      protocol,
    );
  });
}

function placesOf(addresses: readonly string[], ports: readonly ServicePort[], wanted: string): readonly Place[] {
  const numbers = ports.flatMap(({ port, protocol = "TCP" }) => (protocol === wanted ? (port ?? []) : []));
  return addresses.flatMap((address) => numbers.map((port) => ({ address, port })));
}
