import { every } from "./every.ts";
import { callHub } from "./hub-client.ts";
import { print } from "./print.ts";
import type { WorkloadClient } from "./workload-client.ts";

const intervalMilliseconds = 5_000;

/** Fetches the latest telemetry from the hub every few seconds. */
export function consume(workload: WorkloadClient, hubUrl: string, signal: AbortSignal): Promise<void> {
  return every(intervalMilliseconds, signal, async () => {
    const { status, text } = await callHub(workload, `${hubUrl}/telemetry/latest`, "GET");
    print({ event: "received", status, ...(status === 200 ? { telemetry: JSON.parse(text) as unknown } : {}) });
  });
}
