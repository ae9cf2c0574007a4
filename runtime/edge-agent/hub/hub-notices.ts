import { objectNames } from "#contract";
import type { ConnectionState } from "#iot-hub";
import type { Notice } from "#shared";

const regarding = { apiVersion: "apps/v1", kind: "Deployment", name: objectNames.edgeAgent };

/** Reasons of Events, by the error's code. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["EDGE_HUB_CONNECTION_UNAUTHORIZED", "HubRefused"],
  ["EDGE_HUB_CONNECTION_CONTESTED", "HubContested"],
]);

/** Kubernetes Event that tells how EdgeAgent stands with IoT Hub. */
export function hubNotice(state: ConnectionState): Notice | undefined {
  const common = { action: "ConnectToHub", regarding };
  if (state.type === "connecting") return undefined;
  if (state.type === "connected") {
    const note = `EdgeAgent is connected to IoT Hub ${state.hubHostname}`;
    return { ...common, type: "Normal", reason: "HubConnected", note, key: state.hubHostname };
  }
  const { code, message, remedy } = state.error;
  const note = `${message}. ${remedy}`;
  return { ...common, type: "Warning", reason: reasons.get(code) ?? "HubDisconnected", note, key: code };
}

/** Kubernetes Event for reported properties that IoT Hub does not take. */
export function reportRefusedNotice(status: number): Notice {
  const note = `IoT Hub does not take EdgeAgent's reported properties: status ${status}`;
  return { type: "Warning", reason: "HubReportRefused", action: "Report", note, regarding };
}
