import { Counter, Gauge, type Registry } from "prom-client";

/** What EdgeAgent counts of its connection; one of an installation that stands alone has none of it. */
export type HubMetrics = ReturnType<typeof createHubMetrics>;

export function createHubMetrics(registry: Registry) {
  const registers = [registry];
  return {
    connected: new Gauge({
      name: "iotedge_hub_twin_connected",
      help: "1 while the replica that leads is connected to IoT Hub as $edgeAgent, else 0.",
      registers,
    }),
    connections: new Counter({
      name: "iotedge_hub_twin_connections_total",
      help: "Connections as $edgeAgent to IoT Hub, and attempts, by result: connected, unauthorized, contested, failed.",
      labelNames: ["result"],
      registers,
    }),
    desiredVersion: new Gauge({
      name: "iotedge_hub_desired_version",
      help: "$version of the desired properties of $edgeAgent that were read last; 0 before.",
      registers,
    }),
    reports: new Counter({
      name: "iotedge_hub_reports_total",
      help: "Changes of the reported properties of $edgeAgent that were sent, by result: accepted, refused, delayed.",
      labelNames: ["result"],
      registers,
    }),
    methods: new Counter({
      name: "iotedge_hub_methods_total",
      help: "Direct methods of $edgeAgent that were called, by method (ping, RestartModule, GetModuleLogs, GetTaskStatus, other) and result: ok, refused, failed.",
      labelNames: ["method", "result"],
      registers,
    }),
  };
}
