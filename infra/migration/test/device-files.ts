import { stringify as toToml } from "smol-toml";
import { stringify as toYaml } from "yaml";
import type { Source } from "../migrate.ts";

/** What a device may prove itself by, to a hub or a provisioning service; `key` is in base64. */
export const deviceKinds = {
  "connection string": (key: string) => ({
    source: "manual",
    connection_string: `HostName=plant.azure-devices.net;DeviceId=gateway-17;SharedAccessKey=${key}`,
  }),
  "connection string of IoT Edge 1.1": (key: string) => ({
    source: "manual",
    device_connection_string: `HostName=plant.azure-devices.net;DeviceId=gateway-17;SharedAccessKey=${key}`,
  }),
  "manual, symmetric key": (key: string) => ({
    source: "manual",
    iothub_hostname: "plant.azure-devices.net",
    device_id: "gateway-17",
    authentication: { method: "sas", device_id_pk: { value: key } },
  }),
  "manual, X.509": () => ({
    source: "manual",
    iothub_hostname: "plant.azure-devices.net",
    device_id: "gateway-17",
    authentication: {
      method: "x509",
      identity_cert: "file:///var/secrets/device%20id.pem",
      identity_pk: "file:///var/secrets/device-id.key.pem",
    },
  }),
  "manual, X.509 of IoT Edge 1.1": () => ({
    source: "manual",
    authentication: {
      method: "x509",
      iothub_hostname: "plant.azure-devices.net",
      device_id: "gateway-17",
      identity_cert: "/var/secrets/device-id.pem",
      identity_pk: "file:///var/secrets/device-id.key.pem",
    },
  }),
  "DPS, symmetric key": (key: string) => ({
    source: "dps",
    global_endpoint: "https://global.azure-devices-provisioning.net",
    id_scope: "0ne00ABCDEF",
    attestation: { method: "symmetric_key", registration_id: "gateway-17", symmetric_key: { value: key } },
  }),
  "DPS, symmetric key of IoT Edge 1.1": (key: string) => ({
    source: "dps",
    scope_id: "0ne00ABCDEF",
    attestation: { method: "symmetric_key", registration_id: "gateway-17", symmetric_key: key, device_id: "other" },
    always_reprovision_on_startup: true,
    dynamic_reprovisioning: false,
  }),
  "DPS, X.509": () => ({
    source: "dps",
    id_scope: "0ne00ABCDEF",
    attestation: {
      method: "x509",
      registration_id: "gateway-17",
      identity_cert: "file:///var/secrets/device-id.pem",
      identity_pk: "file:///var/secrets/device-id.key.pem",
    },
  }),
} as const;
export type DeviceKind = keyof typeof deviceKinds;

/** The device's file, in the format of its release. */
export function deviceFile(kind: DeviceKind, key: string, more: object = {}): Source {
  const values = { provisioning: deviceKinds[kind](key), ...more };
  return kind.endsWith("1.1")
    ? { file: "config.yaml", text: toYaml(values, { lineWidth: 0 }) }
    : { file: "config.toml", text: toToml(values) };
}
