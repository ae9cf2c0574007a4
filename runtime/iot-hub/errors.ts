import { defineErrors } from "#base";

/** What keeps an installation from its IoT Hub. No message has a key, a token or a text of the hub in it. */
export const hubErrors = defineErrors({
  EDGE_HUB_CREDENTIAL: {
    message: "`{key}` in the Secret of `provisioning.existingSecret` cannot be used: {reason}",
    cause:
      "It is not what `provisioning.source` and `method` ask for. A connection string has to be that of a device with a symmetric key: those of hubs (`SharedAccessKeyName`), of modules (`ModuleId`), of X.509 devices and of devices below a gateway are others.",
    remedy:
      "For `connectionString`, put in what `az iot hub device-identity connection-string show` prints for the device; for `symmetricKey`, the enrollment's key, or what `az iot dps enrollment-group compute-device-key` prints; for X.509, `tls.crt` and `tls.key` in PEM.",
  },
  EDGE_HUB_CERTIFICATE_ENDED: {
    message: "the device's certificate in the Secret of `provisioning.existingSecret` has ended at {time}",
    cause: "Nobody has put the next one into the Secret in time.",
    remedy:
      "Put in a new one, with its key; iotedged takes it within a minute or two. Have it renewed by itself, such as by cert-manager.",
  },
  EDGE_HUB_OTHER_DEVICE: {
    message:
      "`{key}` in the Secret of `provisioning.existingSecret` is of device {device} of {hub}, and the installation is {ownDevice} of {ownHub}",
    cause: "The stack's `hubHostname` and `deviceId`, which modules are told, have to be those of the credential.",
    remedy: "Correct the Secret, or `hubHostname` and `deviceId` of the installation.",
  },
  EDGE_HUB_DEVICE_UNKNOWN: {
    message: "{hub} does not know device {device}",
    cause: "The device was deleted, or was never made in this hub.",
    remedy:
      "Make it with `az iot hub device-identity create --edge-enabled`, and put its connection string into the Secret.",
  },
  EDGE_HUB_KEY_REFUSED: {
    message: "{hub} refuses device {device}",
    cause:
      "The device has other keys or another certificate by now, is disabled, or is not there: the hub has one answer for all of them. The clock is not the cause.",
    remedy:
      "See whether the device is there and enabled: `az iot hub device-identity show`. Then put its present connection string, its enrollment's key or its certificate into the Secret; iotedged takes it within a minute or two.",
  },
  EDGE_HUB_CLOCK: {
    message: "{hub} refuses device {device}, and the node's clock is {seconds} s off by the hub's",
    cause: "The hub refuses tokens that end in its past. A token counts from the node's clock.",
    remedy: "Set the clocks of the nodes, by NTP.",
  },
  EDGE_HUB_SUSPENDED: {
    message: "{hub} serves no calls at present ({name})",
    cause: "The hub is suspended, or its quota for the day is used up.",
    remedy: "See the state of the hub and of its subscription.",
  },
  EDGE_HUB_THROTTLED: {
    message: "{hub} has had too many calls, and takes another in {seconds} s",
    cause:
      "All devices of a hub share its limit for changes of identities: 100 a minute for each unit of its smaller tiers.",
    remedy: "Wait: iotedged goes on by itself, once a second at most. A larger hub has a higher limit.",
  },
  EDGE_HUB_TOO_MANY_MODULES: {
    message: "device {device} of {hub} has as many modules as it can",
    cause:
      "A device has 50 modules at most, with $edgeAgent and $edgeHub. Identities that nobody needs any more count, too.",
    remedy: "See `az iot hub module-identity list`, and delete what is not needed.",
  },
  EDGE_HUB_AWAY: {
    message: "{hub} cannot be reached: {reason}",
    cause: "The name is unknown to DNS, a firewall or a NetworkPolicy is in the way, or the hub itself has a fault.",
    remedy:
      "See whether the hub's name is right and known to the cluster's DNS, and let pods of iotedged reach it at port 443, or name the way in `provisioning.httpsProxy`. What runs, runs on without it.",
  },
  EDGE_HUB_UNTRUSTED: {
    message: "the certificate of {hub} is not trusted: {reason}",
    cause: "It is of no public CA: a proxy that opens TLS has one of its own, or somebody is in between.",
    remedy: "Where that is meant to be, name the CA in `provisioning.trustedCas`.",
  },
  EDGE_HUB_ANSWER: {
    message: "{hub} has answered what cannot be read: {reason}",
    cause: "Something between the installation and the hub answers in its place, or the hub speaks another version.",
    remedy: "See what answers at port 443 of that name from a pod of the cluster.",
  },
  EDGE_HUB_REFUSED: {
    message: "{hub} has refused to {what}: {status} {name}",
    cause: "The hub does not take this call.",
    remedy: "See `az iot hub module-identity show` for what the hub has of the module.",
  },
});
