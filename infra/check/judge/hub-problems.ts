import type { Hints } from "../../deploy/index.ts";

/** What keeps an installation from its hub, and what its reader does about it. */
export interface HubProblem {
  readonly link: "credential" | "way";
  readonly severity: "error" | "warning";
  readonly says: string;
  /** {@link HubProblem.fix} of what nobody has to change. */
  readonly fix: (place: { readonly namespace: string; readonly hints: Hints }) => string;
}

const credential = (says: string, what: string): HubProblem => ({
  link: "credential",
  severity: "error",
  says,
  fix: ({ namespace, hints }) =>
    `${what}; iotedged takes a changed Secret within a minute or two. Which Secret: ${hints.kubectl} get deployment iotedged -n ${namespace} -o yaml`,
});
const way = (says: string, what: string, severity: HubProblem["severity"] = "error"): HubProblem => ({
  link: "way",
  severity,
  says,
  fix: ({ namespace, hints }) =>
    `${what}. iotedged's log tells more: ${hints.kubectl} logs deployment/iotedged -n ${namespace}`,
});

const problems: Readonly<Record<string, HubProblem>> = {
  EDGE_HUB_CREDENTIAL: credential(
    "what the Secret has is no credential of a device",
    "Put in what `az iot hub device-identity connection-string show` prints for the device",
  ),
  EDGE_HUB_OTHER_DEVICE: credential(
    "the credential is of another device or hub than the stack says",
    "Correct the Secret, or hubHostname and deviceId of the installation",
  ),
  EDGE_HUB_KEY_REFUSED: credential(
    "the hub refuses the device",
    "See by `az iot hub device-identity show` whether it is there and enabled, then put its present connection string into the Secret",
  ),
  EDGE_HUB_DEVICE_UNKNOWN: credential(
    "the hub does not know the device",
    "Make it by `az iot hub device-identity create --edge-enabled`, and put its connection string into the Secret",
  ),
  EDGE_HUB_CERTIFICATE_ENDED: credential(
    "the device's certificate has ended",
    "Put a new one with its key into the Secret, and have it renewed by itself",
  ),
  EDGE_DPS_REFUSED: credential(
    "the provisioning service refuses the registration",
    "Compare idScope and registrationId of the installation and the Secret's key with the enrollment: `az iot dps enrollment show`",
  ),
  EDGE_DPS_DISABLED: credential(
    "the enrollment is disabled",
    "Enable it in the provisioning service; iotedged tries again within five minutes",
  ),
  EDGE_DPS_FAILED: way(
    "the provisioning service found no hub for the device",
    "See the linked hubs and the allocation policy: `az iot dps linked-hub list`",
  ),
  EDGE_DPS_CLOCK: way("the clock of iotedged's node is off", "Set the clocks of the nodes, by NTP"),
  EDGE_DPS_AWAY: way(
    "the provisioning service cannot be reached",
    "See whether its name is known to the cluster's DNS, and no firewall keeps port 443 closed, or name the way in provisioning.httpsProxy",
  ),
  EDGE_DPS_UNTRUSTED: way(
    "the provisioning service's certificate is not trusted",
    "Where a proxy opens TLS and may, name its CA in provisioning.trustedCas",
  ),
  EDGE_DPS_ANSWER: way(
    "something else answers in the provisioning service's place",
    "See provisioning.globalEndpoint, and what answers at port 443 of that name from a pod of the cluster",
  ),
  EDGE_DPS_THROTTLED: way("the provisioning service has too many calls", "Wait: iotedged goes on by itself", "warning"),
  EDGE_HUB_TOO_MANY_MODULES: way(
    "the device has as many modules in the hub as it can",
    "Delete identities that nobody needs: `az iot hub module-identity list`",
  ),
  EDGE_HUB_REFUSED: way(
    "the hub does not take a call",
    "See what the hub has of the modules: `az iot hub module-identity list`",
  ),
  EDGE_HUB_CLOCK: way("the clock of iotedged's node is off", "Set the clocks of the nodes, by NTP"),
  EDGE_HUB_AWAY: way(
    "the hub cannot be reached",
    "See whether its name is known to the cluster's DNS, and no firewall keeps its port closed; what runs, runs on",
  ),
  EDGE_HUB_UNTRUSTED: way(
    "the hub's certificate is not trusted",
    "Where a proxy opens TLS and may, name its CA in provisioning.trustedCas",
  ),
  EDGE_HUB_ANSWER: way(
    "something else answers in the hub's place",
    "See what answers at port 443 of the hub's name from a pod of the cluster",
  ),
  EDGE_HUB_SUSPENDED: way("the hub serves no calls", "See the state of the hub, of its quota and of its subscription"),
  EDGE_HUB_THROTTLED: way("the hub has too many calls", "Wait: iotedged goes on by itself", "warning"),
};

/** @param code of the error that iotedged tells; one that is not known here is the credential's */
export function hubProblem(code: string): HubProblem {
  return problems[code] ?? credential("the hub is not served", `See docs/errors.md#${code.toLowerCase()}`);
}
