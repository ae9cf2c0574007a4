import type { ClusterService, NeededService } from "../../deploy/index.ts";
import { judgeNetwork, networkHelp } from "../judge/network-ports.ts";
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
    help: networkHelp["api-server"],
    rights: [look.services, look.endpointSlices],
    judge: (seen) => judgeStack(seen, "api-server", seen.apiServer),
  },
  {
    id: "network-dns",
    what: "the installation's NetworkPolicies let its pods reach the cluster's DNS",
    help: networkHelp.dns,
    rights: [look.services, look.endpointSlices],
    judge: (seen) => judgeStack(seen, "dns", seen.dns),
  },
];

function judgeStack({ stack, hints }: DeploymentSeen, needed: NeededService, service: Observed<ClusterService>) {
  if (stack === undefined) return [];
  return whenKnown({ objects: stack.objects, service }, (seen) =>
    declaredInstallations(seen.objects).map(({ namespace, networkPolicies }) =>
      judgeNetwork(namespace, networkPolicies, needed, seen.service, hints.up ?? "deploy the stack"),
    ),
  );
}
