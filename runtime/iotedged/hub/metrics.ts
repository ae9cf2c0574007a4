import { Counter, Gauge, type Registry } from "prom-client";

/** What a connected installation counts; one that stands alone has none of it. */
export type HubMetrics = ReturnType<typeof createHubMetrics>;

export function createHubMetrics(registry: Registry) {
  const registers = [registry];
  return {
    connected: new Gauge({
      name: "iotedge_hub_connected",
      help: "1 while IoT Hub has taken the last call of the replica that leads, else 0; replicas that do not lead say 0.",
      registers,
    }),
    calls: new Counter({
      name: "iotedge_hub_calls_total",
      help: "Calls to IoT Hub's registry, by operation (list, create, update, delete) and result: ok, away, clock, refused, stale, throttled, unauthorized, unreadable, untrusted.",
      labelNames: ["operation", "result"],
      registers,
    }),
    registrations: new Counter({
      name: "iotedge_hub_registrations_total",
      help: "Registrations at the provisioning service, by result: ok, away, clock, refused, throttled, unauthorized, unreadable, untrusted.",
      labelNames: ["result"],
      registers,
    }),
    identities: new Gauge({
      name: "iotedge_hub_identities",
      help: "Modules' identities in IoT Hub by state, as the replica that leads sees them: ready, waiting, foreign, refused.",
      labelNames: ["state"],
      registers,
    }),
    clockAhead: new Gauge({
      name: "iotedge_hub_clock_ahead_seconds",
      help: "By how much the node's clock was ahead of IoT Hub's at the last answer.",
      registers,
    }),
    lastAnswer: new Gauge({
      name: "iotedge_hub_last_answer_seconds",
      help: "When IoT Hub has answered last, in seconds since the epoch; 0 before.",
      registers,
    }),
    certificateEnd: new Gauge({
      name: "iotedge_hub_device_certificate_expiry_seconds",
      help: "When the certificate ends that the device proves itself by, in seconds since the epoch; 0 with a key.",
      registers,
    }),
    secondKey: new Gauge({
      name: "iotedge_hub_second_key",
      help: "1 while IoT Hub refuses the device's first key and takes the second, else 0.",
      registers,
    }),
  };
}
