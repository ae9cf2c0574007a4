import {
  type ClusterService,
  describePlaces,
  type EgressPolicy,
  type NeededService,
  networkFault,
  networkSetting,
} from "../../deploy/index.ts";
import { doubtful, fine, type Judgement, wrong } from "../model/verdict.ts";

/** What a reader does about it. */
export const networkHelp: Readonly<Record<NeededService, string>> = {
  "api-server":
    "Most network plugins look at where Service `kubernetes` leads to, some at the Service itself; both differ from cluster to cluster. `networkPolicy.apiServerPorts` and `apiServerAddresses` say what is open; docs/clusters.md tells which clusters need which.",
  dns: "OpenShift's DNS pods listen on 5353, most others on 53. `networkPolicy.dnsPorts` says what is open, before the DNS Service and behind it.",
};

/** @param up deploys the stack */
export function judgeNetwork(
  namespace: string,
  policies: readonly EgressPolicy[],
  needed: NeededService,
  service: ClusterService,
  up: string,
): Judgement {
  const title = needed === "dns" ? "the cluster's DNS" : "the API server";
  if (service.behind.length === 0) return fine(`${namespace}: the cluster does not tell where ${title} is`);
  const fault = networkFault(namespace, policies, needed, service);
  if (fault !== undefined) {
    const fix = `Write for ${namespace}: ${fault.setting}; then: ${up}`;
    return (fault.side === "behind" ? wrong : doubtful)(fault.message, fault.evidence, fix);
  }
  const narrowest = needed === "dns" ? "" : `; the narrowest setting: ${networkSetting(needed, service, true)}`;
  return fine(`${namespace}: ${title} is let through`, `${describePlaces(service)}${narrowest}`);
}
