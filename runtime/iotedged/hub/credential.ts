import { join } from "node:path";
import type { Clock, EdgeError } from "#base";
import { dataKeys, type IotedgedSettings, mountPaths } from "#contract";
import { type DeviceCredential, hubErrors, parseConnectionString } from "#iot-hub";
import { type Logger, readBounded, type Watched, watchFiles } from "#shared";

/** What the device proves itself by, as the mounted Secret has it. */
export interface HubCredential {
  /** The device's keys, that which counts first. The last good ones where the present content is none. */
  readonly credentials: readonly DeviceCredential[];
  /** Why the present content cannot be used. */
  readonly problem: EdgeError | undefined;
}

const keys = [dataKeys.connectionString, dataKeys.secondaryConnectionString] as const;

/**
 * Follows the files of the Secret. What cannot be used is told, and keeps nothing from starting: modules need iotedged,
 * whatever the hub says.
 *
 * @param options.root before every path; empty but in tests
 */
export function followCredential(options: {
  readonly root: string;
  readonly settings: Pick<IotedgedSettings, "hubHostname" | "deviceId">;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<Watched<HubCredential>> {
  const { root, settings, clock, log } = options;
  let good: readonly DeviceCredential[] = [];
  const load = (texts: readonly string[]): HubCredential => {
    const read = readCredential(texts, settings);
    if (read.problem === undefined) good = read.credentials;
    else log.error({ error: read.problem }, "the device's credential cannot be used, the last good one stays in force");
    return { credentials: good, problem: read.problem };
  };
  return watchFiles({
    paths: keys.map((key) => join(root, mountPaths.provisioning, key)),
    load,
    clock,
    read: (path) => readBounded(path).catch(() => ""),
  });
}

/** The second may be left out; the first one is needed, and both have to be of this device. */
export function readCredential(
  texts: readonly string[],
  { hubHostname: ownHub, deviceId: ownDevice }: Pick<IotedgedSettings, "hubHostname" | "deviceId">,
): HubCredential {
  const credentials: DeviceCredential[] = [];
  for (const [index, key] of keys.entries()) {
    const text = texts[index] ?? "";
    if (index > 0 && text.trim() === "") continue;
    const read = parseConnectionString(text);
    if ("reason" in read) return { credentials: [], problem: hubErrors.EDGE_HUB_CREDENTIAL({ key, ...read }) };
    const { hubHostname: hub, deviceId: device } = read;
    if (hub.toLowerCase() !== ownHub.toLowerCase() || device !== ownDevice)
      return {
        credentials: [],
        problem: hubErrors.EDGE_HUB_OTHER_DEVICE({ key, hub, device, ownHub, ownDevice }),
      };
    credentials.push(read);
  }
  return { credentials, problem: undefined };
}
