import { join } from "node:path";
import type { Clock } from "#base";
import { mountPaths } from "#contract";
import {
  type CredentialSettings,
  credentialKeys,
  type DeviceCredential,
  type HubCredential,
  readCredential,
} from "#iot-hub";
import { type Logger, readBounded, type Watched, watchFiles } from "#shared";

/**
 * Follows the files of the Secret. What cannot be used is told, and keeps nothing from starting: modules need iotedged,
 * whatever the hub says.
 *
 * @param options.root before every path; empty but in tests
 */
export function followCredential(options: {
  readonly root: string;
  readonly settings: CredentialSettings;
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
    paths: credentialKeys(settings).map((key) => join(root, mountPaths.provisioning, key)),
    load,
    clock,
    read: (path) => readBounded(path).catch(() => ""),
  });
}
