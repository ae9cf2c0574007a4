import { clusterPlan, type FamilyPlan } from "../../../infra/local-cluster/network-plan.ts";
import { clusterStatus } from "../../../infra/local-cluster/status.ts";
import type { FakeIotHub } from "../../iot-hub/index.ts";
import { type KubernetesItem, kubectl, kubectlOk } from "../cluster.ts";

const ports = [
  ["https", 443],
  ["mqtt", 8883],
] as const;

export interface PodAccess extends AsyncDisposable {
  /** By which the fake's hosts are reached at the ports of IoT Hub, by name; from this machine, too. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** What pods see of the node: an address that this machine alone has. */
export async function nodePlan(): Promise<FamilyPlan> {
  const { cluster } = await clusterStatus();
  if (cluster === undefined) throw new Error("there is no local cluster");
  return clusterPlan(cluster.ipFamilies)[0];
}

/**
 * Has pods reach the fake by the names of its hosts and the ports of IoT Hub: `hub.test` is completed to the name of Service
 * `hub` in namespace `test`, which leads to ports of the node's address, as the cluster's own DNS has one.
 */
export async function givePodsAccess(fake: FakeIotHub): Promise<PodAccess> {
  const plan = await nodePlan();
  const listening = await Promise.all(
    ports.map(async ([port]) => ({ name: port, port: await fake.listen(port, plan.nodeAddress) })),
  );
  const hosts = [...fake.hubs, fake.provisioning].map(({ hostName }) => hostName);
  const places = hosts.map((host) => host.split(".") as [name: string, namespace: string]);
  const namespaces = [...new Set(places.map(([, namespace]) => namespace))];
  const objects = [
    ...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    ...places.flatMap(([name, namespace]) => serviceTo(plan, listening, { name, namespace })),
  ];
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const made: readonly KubernetesItem[] = JSON.parse(await kubectlOk(["apply", "-o", "json", "-f", "-"], list)).items;
  const services = made.filter(({ kind }) => kind === "Service");
  return {
    addresses: new Map(
      services.map(({ metadata, spec }) => [`${metadata.name}.${metadata.namespace}`, spec.clusterIP]),
    ),
    [Symbol.asyncDispose]: async () => void (await kubectl(["delete", "namespace", ...namespaces])),
  };
}

function serviceTo(
  { family, nodeAddress }: FamilyPlan,
  listening: readonly { readonly name: string; readonly port: number }[],
  { name, namespace }: { readonly name: string; readonly namespace: string },
): readonly object[] {
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: { ports: ports.map(([port, number]) => ({ name: port, port: number })) },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
      addressType: family,
      endpoints: [{ addresses: [nodeAddress], conditions: { ready: true } }],
      ports: listening,
    },
  ];
}
