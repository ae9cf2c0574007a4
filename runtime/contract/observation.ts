import { createHash } from "node:crypto";

/**
 * What EdgeAgent has acted on, as its status tells under `observed`: until it is what the ConfigMaps hold now, the rest of
 * the status is about something older.
 */
export interface Observation {
  /** {@link digestOfManifest}; absent where there is no manifest. */
  readonly manifest?: string | undefined;
  /** {@link digestOfSettings} of the settings that it runs with. */
  readonly settings: string;
}

/** SHA-256, in lowercase hex, of a deployment manifest's text. */
export function digestOfManifest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * SHA-256, in lowercase hex, of what `settings.json` of ConfigMap `iotedged-agent-config` says, however it is written.
 *
 * @param settings a JSON value
 */
export function digestOfSettings(settings: unknown): string {
  return createHash("sha256").update(JSON.stringify(settings, withSortedKeys)).digest("hex");
}

function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
