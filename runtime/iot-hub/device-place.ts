/** Which device of which hub an installation is. */
export interface DevicePlace {
  readonly hubHostname: string;
  readonly deviceId: string;
}

/** @returns undefined where one or the other is not said */
export function placeOf({ hubHostname, deviceId }: Partial<DevicePlace>): DevicePlace | undefined {
  return hubHostname === undefined || deviceId === undefined ? undefined : { hubHostname, deviceId };
}

const hostName = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const deviceId = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/;
const longestHostName = 253;

/** Whether a hub can have the name. Which domain it is in says nothing: clouds have several. */
export function isHubHostname(text: string): boolean {
  return text.length <= longestHostName && hostName.test(text);
}

/** Whether IoT Hub can have a device of that id. */
export function isDeviceId(text: string): boolean {
  return deviceId.test(text);
}
