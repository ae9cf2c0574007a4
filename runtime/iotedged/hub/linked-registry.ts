import type { Clock } from "#base";
import type { IotedgedSettings, ProvisioningSettings } from "#contract";
import {
  type AnswerSeen,
  createDeviceRegistry,
  type DeviceConnections,
  type DeviceCredential,
  type DevicePlace,
  placeOf,
  registerDevice,
} from "#iot-hub";
import { type AssignedRegistry, createAssignedRegistry } from "./assigned-registry.ts";
import type { HubMetrics } from "./metrics.ts";
import type { HubNotices } from "./notices.ts";

/**
 * The registry of the hub that the settings name, or that a provisioning service does.
 *
 * @param options.recall the place that was written down last
 * @param options.onPlace told where the device is
 */
export function linkRegistry(options: {
  readonly settings: Pick<IotedgedSettings, "hubHostname" | "deviceId">;
  readonly provisioning: ProvisioningSettings;
  readonly connections: DeviceConnections;
  readonly credentials: () => readonly DeviceCredential[];
  readonly recall: () => Promise<DevicePlace | undefined>;
  readonly onPlace: (place: DevicePlace) => void;
  readonly ending: AbortSignal;
  readonly clock: Clock;
  readonly metrics: HubMetrics;
  readonly notices: Pick<HubNotices, "assigned" | "secondKey">;
}): AssignedRegistry {
  const { settings, provisioning, connections, credentials, recall, ending, clock, metrics, notices } = options;
  const onAnswer = ({ aheadBy, keyIndex }: AnswerSeen) => {
    metrics.lastAnswer.set(clock.now() / 1000);
    if (aheadBy !== undefined) metrics.clockAhead.set(aheadBy / 1000);
    metrics.secondKey.set(keyIndex > 0 ? 1 : 0);
    if (keyIndex > 0) notices.secondKey();
  };
  const calling = { connections, credentials, clock, ending, onAnswer };
  const open = (place: DevicePlace) => createDeviceRegistry({ ...place, ...calling });
  const { registration } = provisioning;
  if (registration === undefined) {
    const place = placeOf(settings);
    if (place === undefined) throw new Error("the settings name neither a hub nor a registration");
    return { ...open(place), begin: () => {}, credentialChanged: () => {} };
  }
  return createAssignedRegistry({
    recall,
    register: async () => {
      const result = await registerDevice({ ...registration, ...calling, onAnswer: () => {} });
      metrics.registrations.inc({ result: "failure" in result ? result.failure.kind : "ok" });
      if (!("failure" in result)) notices.assigned(result.value);
      return result;
    },
    open,
    atStart: provisioning.autoReprovisioningMode === "AlwaysOnStartup",
    onPlace: options.onPlace,
    clock,
  });
}
