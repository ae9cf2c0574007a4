import { clusterPlan } from "../../../infra/local-cluster/network-plan.ts";
import { clusterStatus } from "../../../infra/local-cluster/status.ts";
import type { FakeIotHub } from "../../iot-hub/index.ts";
import { kubectl, kubectlOk } from "../cluster.ts";

const ports = [
  ["https", 443],
  ["mqtt", 8883],
] as const;

/**
 * Has pods reach the fake by its name and the ports of IoT Hub: the name `hub.test` is completed to that of Service `hub` in
 * namespace `test`, which leads to ports of the node's address, as the cluster's own DNS has one. Nothing but this machine
 * has that address.
 */
export async function givePodsAccess(fake: FakeIotHub): Promise<AsyncDisposable> {
  const [name = "", namespace = ""] = fake.hub.hostName.split(".");
  const { cluster } = await clusterStatus();
  if (cluster === undefined) throw new Error("there is no local cluster");
  const [{ family, nodeAddress }] = clusterPlan(cluster.ipFamilies);
  const listening = await Promise.all(
    ports.map(async ([port]) => ({ name: port, port: await fake.listen(port, nodeAddress) })),
  );
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
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
  await kubectlOk(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  return { [Symbol.asyncDispose]: async () => void (await kubectl(["delete", "namespace", namespace])) };
}
