import { defineErrors } from "#base";

const repeated = "It is tried again by itself, after pauses that grow to a minute.";

/** The connection to IoT Hub by MQTT. */
export const mqttErrors = defineErrors({
  EDGE_HUB_CONNECTION_FAILED: {
    message: "IoT Hub {host} cannot be reached at port {port}: {reason}",
    cause:
      "The name cannot be resolved, a firewall, a proxy or a NetworkPolicy keeps the port closed, or the hub's certificate is of a CA that is not trusted here.",
    remedy: `Open the way to the hub's port, or have MQTT go by WebSocket: \`provisioning.upstreamProtocol: MqttWs\`. ${repeated}`,
  },
  EDGE_HUB_CONNECTION_UNAUTHORIZED: {
    message: "IoT Hub {host} does not let {client} in (CONNACK {code})",
    cause:
      "The device is disabled, the module is not in the hub's registry or has another key there, or this machine's clock is wrong. By MQTT the hub does not tell which.",
    remedy: `Look at the device and the module in the hub, and at the clock of the node. ${repeated}`,
  },
  EDGE_HUB_CONNECTION_REFUSED: {
    message: "IoT Hub {host} refuses the connection of {client} (CONNACK {code})",
    cause: "3: the hub is not available at present. 1 and 2: it does not take this client's protocol or name.",
    remedy: repeated,
  },
  EDGE_HUB_CONNECTION_LOST: {
    message: "the connection to IoT Hub {host} ended: {reason}",
    cause: "The network or the hub ended it, another client connected as the same module, or a request had no answer.",
    remedy: `${repeated} What runs, runs on meanwhile.`,
  },
  EDGE_HUB_CONNECTION_CONTESTED: {
    message: "IoT Hub {host} has let {client} in and cut it off {count} times in a row",
    cause:
      "Another client connects as the same module, and the hub keeps one at a time: a second installation of this device, or the device itself.",
    remedy:
      "End the other one, or give this installation a device of its own. Until then it comes back ever more seldom, at most every 15 minutes.",
  },
  EDGE_HUB_TWIN: {
    message: "IoT Hub answers {request} with status {status}: {message}",
    cause: "The twin is throttled (429), too large or malformed (400, 413), or the hub has a problem (5xx).",
    remedy: "It is tried again by itself. For 400 and 413, make the desired properties smaller: the hub allows 32 KB.",
  },
});
