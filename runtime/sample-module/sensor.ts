import { every } from "./every.ts";
import { callHub } from "./hub-client.ts";
import { print } from "./print.ts";
import type { Telemetry } from "./telemetry.ts";
import type { WorkloadClient } from "./workload-client.ts";

const intervalMilliseconds = 5_000;

/** Signs a reading every few seconds and sends it to the hub. */
export function sense(workload: WorkloadClient, hubUrl: string, signal: AbortSignal): Promise<void> {
  return every(intervalMilliseconds, signal, async () => {
    const reading = JSON.stringify({ celsius: 20 + Math.round(Math.random() * 50) / 10, at: new Date().toISOString() });
    const telemetry: Telemetry = { moduleId: workload.moduleId, reading, digest: await workload.sign(reading) };
    const { status } = await callHub(workload, `${hubUrl}/telemetry`, "POST", telemetry);
    print({ event: "sent", status, ...telemetry });
  });
}
