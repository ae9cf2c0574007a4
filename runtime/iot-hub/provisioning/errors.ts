import { defineErrors } from "#base";

/** What keeps a device from being assigned to a hub. No message has a key, a token or a text of the service in it. */
export const provisioningErrors = defineErrors({
  EDGE_DPS_REFUSED: {
    message: "{service} refuses registration {registration} of ID scope {scope}",
    cause:
      "There is no enrollment for it in that scope, its key or certificate is another, or the key is the group's own in place of the one derived for this registration: the service has one answer for all of them. The clock is not the cause.",
    remedy:
      "Compare `provisioning.idScope` and `registrationId` with the enrollment: `az iot dps show`, `az iot dps enrollment show`. For a group, put the derived key into the Secret: `az iot dps enrollment-group compute-device-key`.",
  },
  EDGE_DPS_CLOCK: {
    message: "{service} refuses registration {registration}, and the node's clock is {seconds} s off by the service's",
    cause: "The service refuses tokens that end in its past. A token counts from the node's clock.",
    remedy: "Set the clocks of the nodes, by NTP.",
  },
  EDGE_DPS_DISABLED: {
    message: "the enrollment of registration {registration} of ID scope {scope} is disabled",
    cause: "Somebody has disabled the enrollment, or the registration of this device.",
    remedy: "Enable it in the provisioning service; iotedged tries again within five minutes.",
  },
  EDGE_DPS_FAILED: {
    message:
      "the provisioning service could not assign registration {registration} of ID scope {scope} (error {number})",
    cause: "The enrollment's allocation policy found no hub: none is linked, the hub is gone, or a function failed.",
    remedy:
      "See the linked hubs and the allocation policy: `az iot dps linked-hub list`, `az iot dps enrollment show`.",
  },
  EDGE_DPS_THROTTLED: {
    message: "{service} has had too many calls, and takes another in {seconds} s",
    cause: "All devices of a provisioning service share its limits.",
    remedy: "Wait: iotedged goes on by itself.",
  },
  EDGE_DPS_AWAY: {
    message: "{service} cannot be reached: {reason}",
    cause:
      "The name is unknown to DNS, a firewall, a proxy or a NetworkPolicy is in the way, or the service has a fault.",
    remedy:
      "Let pods of iotedged reach the service at port 443, or name the way in `provisioning.httpsProxy`. An installation that was assigned to a hub before goes on without it.",
  },
  EDGE_DPS_UNTRUSTED: {
    message: "the certificate of {service} is not trusted: {reason}",
    cause: "It is of no public CA: a proxy that opens TLS has one of its own, or somebody is in between.",
    remedy: "Where that is meant to be, name the CA in `provisioning.trustedCas`.",
  },
  EDGE_DPS_ANSWER: {
    message: "{service} has answered what cannot be read: {reason}",
    cause: "Something answers in its place, or `provisioning.globalEndpoint` is of another service.",
    remedy: "See `provisioning.globalEndpoint`, and what answers at port 443 of that name from a pod of the cluster.",
  },
});
