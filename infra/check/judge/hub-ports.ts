import { objectNames } from "#contract";
import { hubPorts, placeOfProxy, proxyFor, type WebProxy } from "#iot-hub";
import { closedPlaces, type EgressPolicy, opensToAnywhere } from "../../deploy/index.ts";

/** What of an installation's settings says which ports its daemons need. */
export interface HubWay {
  /** Undefined until a provisioning service has named it. */
  readonly hubHostname: string | undefined;
  /** Of the provisioning service; undefined where there is none. */
  readonly serviceHostname: string | undefined;
  /** Whether EdgeAgent speaks to the hub by WebSocket. */
  readonly webSocket: boolean;
  readonly proxy: WebProxy | undefined;
}

/** A port that a daemon needs: of its hub, of the provisioning service, or of the proxy by which it reaches them. */
export interface NeededPort {
  readonly policy: string;
  readonly port: number;
  /** Undefined: any, since those of a host are not known beforehand. */
  readonly address: string | undefined;
}

/** Each port once for each daemon. */
export function neededPorts({ hubHostname, serviceHostname, webSocket, proxy }: HubWay): readonly NeededPort[] {
  const byHttps = (policy: string, host: string): NeededPort => {
    const url = proxyFor(host, proxy);
    return { policy, ...(url === undefined ? anywhere(hubPorts.https) : placeOfProxy(url)) };
  };
  const { iotedged, edgeAgent } = objectNames;
  const ofEdgeAgent = (host: string) =>
    webSocket ? byHttps(edgeAgent, host) : { policy: edgeAgent, ...anywhere(hubPorts.mqtt) };
  const hosts = [serviceHostname, hubHostname].filter((host) => host !== undefined);
  const needed = [
    ...hosts.map((host) => byHttps(iotedged, host)),
    ...(hubHostname === undefined ? [] : [ofEdgeAgent(hubHostname)]),
  ];
  return [...new Map(needed.map((one) => [JSON.stringify(one), one])).values()];
}

function anywhere(port: number) {
  return { port, address: undefined };
}

/** Those that NetworkPolicies of the installation keep closed. */
export function closedToHub(policies: readonly EgressPolicy[], needed: readonly NeededPort[]): readonly NeededPort[] {
  return needed.filter(({ policy, port, address }) => {
    const found = policies.find(({ metadata }) => metadata.name === policy);
    if (found === undefined) return false;
    if (address === undefined) return !opensToAnywhere(found, port, "TCP");
    return closedPlaces(found, [{ address, port }], "TCP").length > 0;
  });
}
