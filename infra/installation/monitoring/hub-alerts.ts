import type { Alert } from "./alert.ts";

/**
 * What somebody must be told of an installation that is connected to IoT Hub.
 *
 * @param namespace of the installation
 */
export function hubAlertsOf(namespace: string): readonly Alert[] {
  const iotedged = `namespace="${namespace}",container="iotedged"`;
  const edgeAgent = `namespace="${namespace}",container="edgeagent"`;
  const where = `in namespace ${namespace}`;
  return [
    {
      alert: "IotedgeHubTakesNoCalls",
      expr: `max(iotedge_hub_connected{${iotedged}}) < 1`,
      for: "15m",
      severity: "warning",
      summary: `IoT Hub takes no calls of iotedged ${where}`,
      description:
        "New modules get no identity there. `edgectl status` and the Events of Deployment iotedged name the cause.",
    },
    {
      alert: "IotedgeHubTwinDisconnected",
      expr: `max(iotedge_hub_twin_connected{${edgeAgent}}) < 1`,
      for: "15m",
      severity: "warning",
      summary: `EdgeAgent is not connected to IoT Hub ${where}`,
      description:
        "What runs, runs; changes of the hub are not seen. The Events of Deployment edgeagent name the cause.",
    },
    {
      alert: "IotedgeHubContested",
      expr: `increase(iotedge_hub_twin_connections_total{${edgeAgent},result="contested"}[1h]) > 0`,
      for: "0m",
      severity: "critical",
      summary: `Another client connects to IoT Hub as $edgeAgent of the same device ${where}`,
      description: "Two installations, or an installation and a machine, have one device. Give each its own.",
    },
  ];
}
