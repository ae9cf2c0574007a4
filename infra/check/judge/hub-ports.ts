import { objectNames } from "#contract";
import { type EgressPolicy, opensToAnywhere } from "../../deploy/index.ts";

/** Which of the daemons needs which port of its hub, whose addresses are not known beforehand. */
export interface NeededPort {
  readonly policy: string;
  readonly port: number;
}

export const httpsOfIotedged: NeededPort = { policy: objectNames.iotedged, port: 443 };
export const mqttOfEdgeAgent: NeededPort = { policy: objectNames.edgeAgent, port: 8883 };

/** Those that NetworkPolicies of the installation keep from the hub. */
export function closedToHub(policies: readonly EgressPolicy[], needed: readonly NeededPort[]): readonly NeededPort[] {
  return needed.filter(({ policy, port }) => {
    const found = policies.find(({ metadata }) => metadata.name === policy);
    return found !== undefined && !opensToAnywhere(found, port, "TCP");
  });
}
