import { objectNames } from "#contract";
import { fine, type Judgement, wrong } from "../model/verdict.ts";
import { closedPorts, type EgressPolicy } from "./open-ports.ts";

export type PortsOption = "apiServerPorts" | "dnsPorts";

/** What a reader does about it. */
export const networkHelp: Readonly<Record<PortsOption, string>> = {
  apiServerPorts:
    "Network plugins see the port behind the Service `kubernetes`, which differs from cluster to cluster. List it in `networkPolicy.apiServerPorts`.",
  dnsPorts: "OpenShift's DNS pods listen on 5353, others on 53. List the port in `networkPolicy.dnsPorts`.",
};

/** Those of the pods that talk to either; others open more, or are for other pods. */
const judged: ReadonlySet<string | undefined> = new Set([objectNames.iotedged, objectNames.edgeAgent]);

/** @param up deploys the stack */
export function judgePorts(
  namespace: string,
  policies: readonly EgressPolicy[],
  ports: readonly number[],
  option: PortsOption,
  up: string,
): Judgement {
  const service = option === "dnsPorts" ? "the cluster's DNS" : "the API server";
  if (ports.length === 0) return fine(`${namespace}: the cluster does not tell where ${service} is`);
  const protocol = option === "dnsPorts" ? "UDP" : "TCP";
  const own = policies.filter(({ metadata }) => judged.has(metadata.name));
  const closing = own.map((policy) => ({ policy, closed: closedPorts(policy, ports, protocol) }));
  const found = closing.find(({ closed }) => closed.length > 0);
  if (found === undefined) return fine(`${namespace}: ${service} is let through`, `port ${ports.join(", ")}`);
  const { policy, closed } = found;
  return wrong(
    `${namespace}: NetworkPolicy ${policy.metadata.name} lets nobody reach ${service} at port ${closed.join(", ")}`,
    `${service} is at port ${ports.join(", ")}`,
    `Add ${closed.join(", ")} to networkPolicy.${option} of ${namespace}, then: ${up}`,
  );
}
