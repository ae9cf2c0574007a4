import { isJsonObject, parseJson } from "#base";
import { dataKeys, labels, objectNames } from "#contract";
import type { ClusterService, NeededService } from "../../deploy/index.ts";
import { judgeNetwork, networkHelp } from "../judge/network-ports.ts";
import type { Check } from "../model/check.ts";
import { type Observed, whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, firstOf, wrong } from "../model/verdict.ts";
import { judgeService } from "./judge-service.ts";
import type { AfterSeen } from "./observations.ts";

/** What an installation consists of, and what lets its parts reach each other. */
export const objectChecks: readonly Check<AfterSeen>[] = [
  {
    id: "objects",
    what: "all objects of the installation are there, and its settings can be read",
    help: "Somebody has deleted some, or has written settings that are no JSON: a program that reads them goes on with the last good ones, and does not start without. A deployment makes them again; modules that run are left alone, but where ServiceAccount `iotedged` was deleted: it owns them, and the cluster deletes them with it. Secrets are not looked at: a pod that lacks one says so.",
    rights: [look.accounts, look.services, look.configMaps, look.roles, look.bindings, look.deployment],
    judge: (seen) =>
      whenKnown(
        { missing: seen.missing, iotedgedConfig: seen.iotedgedConfig, agentConfig: seen.agentConfig },
        ({ missing, iotedgedConfig, agentConfig }) => {
          const { up } = seen.hints;
          const spoilt = [
            [iotedgedConfig, dataKeys.iotedgedConfig] as const,
            [agentConfig, dataKeys.agentConfig] as const,
          ].flatMap(([map, key]) =>
            map === undefined || isJsonObject(parseJson(map.data?.[key]))
              ? []
              : [`ConfigMap ${map.metadata.name}, ${key}`],
          );
          if (missing.length > 0) {
            const fix = `Make them again: ${[...podsAnew(missing, seen), up].join("; ")}`;
            return wrong(`${missing.length} objects are missing`, firstOf(missing), fix);
          }
          if (spoilt.length > 0)
            return wrong("settings of the installation are no JSON", firstOf(spoilt), `Bring them back: ${up}`);
          return fine("all of them are there");
        },
      ),
  },
  {
    id: "service",
    what: "Service iotedged leads to a pod of iotedged that is ready",
    help: "Proxies reach iotedged by this Service. It has no endpoint while no pod of iotedged is ready; where somebody has changed its selector or its ports, it has others.",
    rights: [look.services, look.endpointSlices],
    judge: (seen) =>
      whenKnown({ service: seen.service, endpoints: seen.endpoints }, ({ service, endpoints }) =>
        judgeService(service, endpoints, seen),
      ),
  },
  {
    id: "network-api",
    what: "the installation's NetworkPolicies let its pods reach the API server",
    help: networkHelp["api-server"],
    rights: [look.networkPolicies, look.services, look.endpointSlices],
    judge: (seen) => judgeDeployed(seen, "api-server", seen.apiServer),
  },
  {
    id: "network-dns",
    what: "the installation's NetworkPolicies let its pods reach the cluster's DNS",
    help: networkHelp.dns,
    rights: [look.networkPolicies, look.services, look.endpointSlices],
    judge: (seen) => judgeDeployed(seen, "dns", seen.dns),
  },
  {
    id: "daemon-rights",
    what: "iotedged and EdgeAgent have the rights of their Roles",
    help: "Each right of docs/permissions.md is asked for in their names. What is missing was taken from the Role or its binding; a deployment brings it back.",
    rights: [look.accessReviews, look.configMaps],
    judge: ({ daemonRights, hints }) =>
      whenKnown({ daemonRights }, (seen) =>
        seen.daemonRights.length === 0
          ? fine("they have all of them")
          : wrong(
              `${seen.daemonRights.length} rights are missing`,
              firstOf(seen.daemonRights),
              `Grant them again: ${hints.up}`,
            ),
      ),
  },
  {
    id: "admission-policy",
    what: "the admission policies hold EdgeAgent's token to modules",
    help: "Without them, who has EdgeAgent's token can mount the installation's keys. docs/permissions.md says what they refuse.",
    rights: [look.policies, look.policyBindings, look.accounts],
    judge: ({ admission, hints }) =>
      whenKnown({ admission }, ({ admission: { off, lacking } }) => {
        if (off !== undefined) return fine("they are turned off by the stack", off);
        if (lacking.length === 0) return fine("they are there, and deny");
        const told = lacking.map(({ policy, says }) => `${policy} ${says}`);
        // What somebody else has added to its actions stays in a deployment.
        const changed = lacking.filter(({ isChanged }) => isChanged).map(({ policy }) => policy);
        const first =
          changed.length === 0 ? "" : `${hints.kubectl} delete validatingadmissionpolicybinding ${changed.join(" ")}; `;
        return doubtful("admission policies do not hold", firstOf(told), `Bring them back: ${first}${hints.up}`);
      }),
  },
];

/** Commands that let pods be made anew whose account is gone: their tokens are not those of the next of that name. */
function podsAnew(missing: readonly string[], { namespace, hints }: AfterSeen): readonly string[] {
  return [objectNames.iotedged, objectNames.edgeAgent]
    .filter((name) => missing.includes(`ServiceAccount ${name}`))
    .map((name) => `${hints.kubectl} delete pods -l ${labels.name}=${name} -n ${namespace}`);
}

function judgeDeployed(
  { namespace, networkPolicies, hints }: AfterSeen,
  needed: NeededService,
  service: Observed<ClusterService>,
) {
  return whenKnown({ networkPolicies, service }, (seen) =>
    judgeNetwork(namespace, seen.networkPolicies, needed, seen.service, hints.up),
  );
}
