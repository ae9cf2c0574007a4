import * as k8s from "@pulumi/kubernetes";
import type { EdgeInstallationArgs } from "../args.ts";
import { EdgeInstallation } from "../edge-installation.ts";
import { type RecordedProgram, recordProgram } from "./recorded-program.ts";

export const images = { iotedged: "r/iotedged:1", edgeAgent: "r/edge-agent:1", proxy: "r/proxy:1" };

/** Of an installation that IoT Hub has the manifest of. */
export const connected = {
  hubHostname: "myhub.azure-devices.net",
  provisioning: { source: "manual", existingSecret: "line-1-device" },
};

/** Of one whose hub a provisioning service names. */
export const assigned = {
  provisioning: { source: "dps", idScope: "0ne00000001", registrationId: "line-1", existingSecret: "line-1-device" },
};

/** Flags of a provider that changes objects where they are. */
export const mutable = { enableConfigMapMutable: true, enableSecretMutable: true };

/** Records one installation `edge-a` with a provider of its own. */
export function recordInstallation(
  args: Partial<EdgeInstallationArgs> = {},
  options: { readonly preview?: boolean } = {},
): Promise<RecordedProgram<EdgeInstallation>> {
  return recordProgram(() => {
    const kubernetes = new k8s.Provider("cluster", { context: "somewhere", ...mutable });
    return new EdgeInstallation("edge-a", { namespace: "edge-a", images, ...args }, { providers: { kubernetes } });
  }, options);
}
