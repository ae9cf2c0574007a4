import { join } from "node:path";
import type { Clock } from "#base";
import {
  type AgentSettings,
  AgentSettingsSchema,
  dataKeys,
  type IotedgedSettings,
  IotedgedSettingsSchema,
  mountPaths,
} from "#contract";
import { type Logger, parseSettings, readBounded, type Watched, watchFiles } from "#shared";
import { loadTrustBundle, type TrustBundle } from "./certificates/trust-bundle.ts";
import { loadWorkloadCa, type WorkloadCa } from "./certificates/workload-ca.ts";
import { deriveInstallationKeys, type InstallationKeys } from "./keys/installation-keys.ts";
import type { Metrics } from "./metrics.ts";

/** What iotedged reads at start only; a change rolls its pods. */
export interface StartFiles {
  readonly settings: IotedgedSettings;
  readonly keys: InstallationKeys;
}

/** What iotedged follows while it runs. */
export interface FollowedFiles {
  readonly agentSettings: Watched<AgentSettings>;
  readonly ca: Watched<WorkloadCa>;
  readonly trustBundle: Watched<TrustBundle>;
  stop(): void;
}

/** @param root before every path; empty but in tests */
export async function readStartFiles(root: string): Promise<StartFiles> {
  const settingsPath = join(root, mountPaths.iotedgedConfig, dataKeys.iotedgedConfig);
  const identityPath = join(root, mountPaths.identity, dataKeys.identityKey);
  return {
    settings: parseSettings(IotedgedSettingsSchema, settingsPath, await readBounded(settingsPath)),
    keys: deriveInstallationKeys(await readBounded(identityPath)),
  };
}

/** Loads the files and follows them; a content that is not good is reported, and the last good one stays in force. */
export async function followFiles(options: {
  readonly root: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}): Promise<FollowedFiles> {
  const { root, clock, metrics, log } = options;

  async function follow<T>(kind: string, paths: readonly string[], load: (texts: readonly string[]) => T | Promise<T>) {
    const onReload = (error?: unknown) => {
      metrics.reloads.inc({ kind, result: error === undefined ? "success" : "error" });
      if (error === undefined) log.info({ kind }, "changed file read again");
      else log.error({ kind, error }, "changed file cannot be used, what was read before stays in force");
    };
    return watchFiles({ paths: paths.map((path) => join(root, path)), load, clock, onReload });
  }

  const settingsPath = join(mountPaths.agentConfig, dataKeys.agentConfig);
  const agentSettings = await follow("agent-settings", [settingsPath], ([text = ""]) =>
    parseSettings(AgentSettingsSchema, settingsPath, text),
  );
  const caPaths = [dataKeys.certificate, dataKeys.privateKey].map((key) => join(mountPaths.workloadCa, key));
  const ca = await follow("workload-ca", caPaths, ([chain = "", key = ""]) => loadWorkloadCa(chain, key));
  const bundlePath = join(mountPaths.trustBundle, dataKeys.trustBundle);
  let started = false;
  const trustBundle = await follow("trust-bundle", [bundlePath], ([pem = ""]) => {
    // An expired bundle must not crash iotedged: readiness reports it until the next one comes.
    const bundle = loadTrustBundle(pem, started ? clock.now() : undefined);
    started = true;
    return bundle;
  });
  const followed = { agentSettings, ca, trustBundle };
  return { ...followed, stop: () => Object.values(followed).forEach((watched) => void watched.stop()) };
}
