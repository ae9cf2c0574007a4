import { parseLogQuery, readFlag } from "../logs/log-query.ts";

/** What a support bundle shall hold. */
export interface BundleQuery {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  /** Logs of iotedged, EdgeAgent and EdgeHub alone. */
  readonly runtimeOnly: boolean;
}

const day = 86_400_000;

/**
 * Reads `since` (default: a day ago), `until` (default: now) and `edge_runtime_only`. `host` and `iothub_hostname`,
 * which the security daemon of IoT Edge uses for connection checks, have no meaning here.
 *
 * @throws HttpError 400 that names the parameter and what it may be
 */
export function parseBundleQuery(parameters: URLSearchParams, now: number): BundleQuery {
  const times = new URLSearchParams([...parameters].filter(([name]) => name === "since" || name === "until"));
  const { until = now, since = Math.max(until - day, 0) } = parseLogQuery(times, now);
  return { since, until, runtimeOnly: readFlag(parameters, "edge_runtime_only") };
}
