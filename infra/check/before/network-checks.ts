import { judgePorts, networkHelp, type PortsOption } from "../judge/network-ports.ts";
import type { Check } from "../model/check.ts";
import { type Observed, whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { declaredInstallations } from "./declared-installation.ts";
import type { DeploymentSeen } from "./observations.ts";

/** What the NetworkPolicies of an installation let through, against where cluster services are. */
export const networkChecks: readonly Check<DeploymentSeen>[] = [
  {
    id: "network-api",
    what: "the installation's NetworkPolicies let its pods reach the API server",
    help: networkHelp.apiServerPorts,
    rights: [look.endpointSlices],
    judge: (seen) => judgeStack(seen, seen.apiPorts, "apiServerPorts"),
  },
  {
    id: "network-dns",
    what: "the installation's NetworkPolicies let its pods reach the cluster's DNS",
    help: networkHelp.dnsPorts,
    rights: [look.endpointSlices],
    judge: (seen) => judgeStack(seen, seen.dnsPorts, "dnsPorts"),
  },
];

function judgeStack({ stack, hints }: DeploymentSeen, ports: Observed<readonly number[]>, option: PortsOption) {
  if (stack === undefined) return [];
  return whenKnown({ objects: stack.objects, ports }, (seen) =>
    declaredInstallations(seen.objects).map(({ namespace, networkPolicies }) =>
      judgePorts(namespace, networkPolicies, seen.ports, option, hints.up ?? "deploy the stack"),
    ),
  );
}
