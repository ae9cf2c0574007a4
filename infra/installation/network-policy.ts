import { isIP } from "node:net";
import * as k8s from "@pulumi/kubernetes";
import { componentSelector, labels, objectNames, ports } from "#contract";
import { hubPorts, placeOfProxy } from "#iot-hub";
import type { NetworkPolicyArgs } from "./args.ts";
import { defaults } from "./defaults.ts";
import { installationErrors } from "./errors.ts";
import { derive } from "./inputs.ts";
import type { ProvisioningArgs } from "./provisioning-args.ts";
import { type Component, type InstallationScope, metadata } from "./scope.ts";

type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** Where cluster services are: in front of their Service and behind it, since network plugins look at one or the other. */
interface ClusterServices {
  /** Addresses or ranges of them; none: any address. */
  readonly apiServerAddresses: readonly string[];
  readonly apiServerPorts: readonly number[];
  readonly dnsPorts: readonly number[];
}

/** What the daemons may reach. */
interface Open extends ClusterServices {
  /** How IoT Hub is reached; undefined where the installation stands alone. */
  readonly hub?: HubWay | undefined;
}

/** What of the connection decides which ports it needs. */
type HubWay = Pick<ProvisioningArgs, "globalEndpoint" | "upstreamProtocol" | "httpsProxy" | "noProxy">;

/**
 * Declares what the pods of iotedged and EdgeAgent, and those that fetch images, may reach and be reached by. Modules are
 * left alone.
 *
 * @param hub how IoT Hub is reached; undefined where the installation stands alone
 */
export function declareNetworkPolicies(
  scope: InstallationScope,
  args: NetworkPolicyArgs,
  hub: HubWay | undefined,
): void {
  const { enabled, ...given } = { ...defaults.networkPolicy, ...args, hub };
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

/**
 * In: the workload API from the namespace, the management API from EdgeAgent, probes and metrics. Out: DNS, the API server,
 * IoT Hub by HTTPS.
 */
export function iotedgedPolicy(installation: string, open: Open): PolicySpec {
  return {
    podSelector: { matchLabels: componentSelector("iotedged", installation) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      { from: [{ podSelector: {} }], ports: tcp([ports.workload]) },
      { from: [podsOf("edgeagent", installation)], ports: tcp([ports.management]) },
      { ports: tcp([ports.observability]) },
    ],
    egress: [...clusterServices(open), ...webServices(open.hub, servicePorts(open.hub))],
  };
}

/** In: probes and metrics. Out: DNS, the API server, iotedged, IoT Hub by MQTT. */
export function edgeAgentPolicy(installation: string, open: Open): PolicySpec {
  return {
    podSelector: { matchLabels: componentSelector("edgeagent", installation) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ ports: tcp([ports.observability, ports.proxyObservability]) }],
    egress: [
      ...clusterServices(open),
      { to: [podsOf("iotedged", installation)], ports: tcp([ports.management, ports.workload]) },
      ...mqttServices(open.hub),
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

function clusterServices({ apiServerAddresses, apiServerPorts, dnsPorts }: ClusterServices) {
  const to = apiServerAddresses.map((address) => ({ ipBlock: { cidr: cidrOf(address) } }));
  const udp = dnsPorts.map((port) => ({ protocol: "UDP", port }));
  const rules = [{ ports: [...udp, ...tcp(dnsPorts)] }, { ...(to.length > 0 && { to }), ports: tcp(apiServerPorts) }];
  // To Kubernetes a rule without ports is one for all of them.
  return rules.filter(({ ports: named }) => named.length > 0);
}

/** By HTTPS, or by the proxy, and by both where some hosts are reached without it. A hub's addresses are not known beforehand. */
function webServices(hub: HubWay | undefined, ports: readonly number[] = [hubPorts.https]) {
  if (hub === undefined) return [];
  const { httpsProxy, noProxy = [] } = hub;
  const direct = { ports: tcp(ports) };
  if (httpsProxy === undefined) return [direct];
  const { address, port } = placeOfProxy(httpsProxy);
  const toProxy = {
    ...(address !== undefined && { to: [{ ipBlock: { cidr: cidrOf(address) } }] }),
    ports: tcp([port]),
  };
  return noProxy.length === 0 ? [toProxy] : [toProxy, direct];
}

/** That of hubs, and the one that a provisioning service may have instead. */
function servicePorts(hub: HubWay | undefined): readonly number[] {
  const { port = "" } = URL.parse(hub?.globalEndpoint ?? "") ?? {};
  return port === "" ? [hubPorts.https] : [hubPorts.https, Number(port)];
}

function mqttServices(hub: HubWay | undefined) {
  if (hub?.upstreamProtocol === "MqttWs") return webServices(hub);
  return hub === undefined ? [] : [{ ports: tcp([hubPorts.mqtt]) }];
}

/**
 * @param address of one host, or a range
 * @throws EDGE_INSTALLATION_NETWORK_ADDRESS
 */
function cidrOf(address: string): string {
  const [host = "", length, ...more] = address.split("/");
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(host)] ?? 0;
  const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits);
  if (bits === 0 || !isLength || more.length > 0)
    throw installationErrors.EDGE_INSTALLATION_NETWORK_ADDRESS({ address });
  return `${host}/${length ?? bits}`;
}

function tcp(numbers: readonly number[]) {
  return numbers.map((port) => ({ protocol: "TCP", port }));
}
