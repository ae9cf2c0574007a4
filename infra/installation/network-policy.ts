import * as k8s from "@pulumi/kubernetes";
import { componentSelector, labels, objectNames, ports } from "#contract";
import type { NetworkPolicyArgs } from "./args.ts";
import { defaults } from "./defaults.ts";
import { derive } from "./inputs.ts";
import { type Component, type InstallationScope, metadata } from "./scope.ts";

type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** Ports of cluster services, which a policy sees behind their Service. */
interface ClusterPorts {
  readonly apiServerPorts: readonly number[];
  readonly dnsPorts: readonly number[];
}

/**
 * Declares what the pods of iotedged and EdgeAgent, and those that fetch images, may reach and be reached by. Modules are
 * left alone.
 */
export function declareNetworkPolicies(scope: InstallationScope, args: NetworkPolicyArgs): void {
  const { enabled, ...given } = { ...defaults.networkPolicy, ...args };
  if (!enabled) return;
  const declare = (component: Component, name: string, specOf: typeof iotedgedPolicy) =>
    new k8s.networking.v1.NetworkPolicy(
      `${scope.resourceName}-${name}`,
      {
        metadata: metadata(scope, component, name),
        spec: derive({ id: scope.id, given }, ({ id, given: open }) => specOf(id.name, open)),
      },
      scope.namespaced,
    );
  declare("iotedged", objectNames.iotedged, iotedgedPolicy);
  declare("edgeagent", objectNames.edgeAgent, edgeAgentPolicy);
  declare("edgeagent", objectNames.puller, pullerPolicy);
}

/** In: the workload API from the namespace, the management API from EdgeAgent, probes and metrics. Out: DNS, the API server. */
export function iotedgedPolicy(installation: string, open: ClusterPorts): PolicySpec {
  return {
    podSelector: { matchLabels: componentSelector("iotedged", installation) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      { from: [{ podSelector: {} }], ports: tcp([ports.workload]) },
      { from: [podsOf("edgeagent", installation)], ports: tcp([ports.management]) },
      { ports: tcp([ports.observability]) },
    ],
    egress: clusterServices(open),
  };
}

/** In: probes and metrics. Out: DNS, the API server and iotedged. */
export function edgeAgentPolicy(installation: string, open: ClusterPorts): PolicySpec {
  return {
    podSelector: { matchLabels: componentSelector("edgeagent", installation) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ ports: tcp([ports.observability, ports.proxyObservability]) }],
    egress: [
      ...clusterServices(open),
      { to: [podsOf("iotedged", installation)], ports: tcp([ports.management, ports.workload]) },
    ],
  };
}

/** Nothing: the node fetches images, and what would run in such a pod is nothing that anybody has asked for. */
export function pullerPolicy(installation: string): PolicySpec {
  return {
    podSelector: { matchLabels: { [labels.instance]: installation, [labels.component]: "puller" } },
    policyTypes: ["Ingress", "Egress"],
  };
}

function podsOf(component: Component, installation: string) {
  return { podSelector: { matchLabels: componentSelector(component, installation) } };
}

function clusterServices(open: ClusterPorts) {
  const udp = open.dnsPorts.map((port) => ({ protocol: "UDP", port }));
  return [{ ports: [...udp, ...tcp(open.dnsPorts)] }, { ports: tcp(open.apiServerPorts) }];
}

function tcp(numbers: readonly number[]) {
  return numbers.map((port) => ({ protocol: "TCP", port }));
}
