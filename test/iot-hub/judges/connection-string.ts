import type { Hub } from "../hub/hub.ts";

/** Connection string of a device or a module with its primary key. */
export function connectionStringOf(hub: Hub, deviceId: string, moduleId?: string): string {
  const identity = moduleId === undefined ? hub.registry.device(deviceId) : hub.registry.module(deviceId, moduleId);
  const { primaryKey } = identity.authentication.symmetricKey;
  const module = moduleId === undefined ? "" : `;ModuleId=${moduleId}`;
  return `HostName=${hub.hostName};DeviceId=${deviceId}${module};SharedAccessKey=${primaryKey}`;
}
