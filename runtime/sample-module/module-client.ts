import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ModuleClient } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { print, printError } from "./print.ts";

const retryMilliseconds = 2_000;

/**
 * Connects to the hub by IoT Edge's SDK and runs `use` until `signal`, or until the SDK has given up the connection:
 * then the module ends with a failure, and is started anew.
 */
export async function withModuleClient(
  signal: AbortSignal,
  use: (client: ModuleClient, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  // The SDK tries for minutes, and cannot be told to stop.
  const stopped = once(signal, "abort").then(() => undefined);
  const client = await Promise.race([connected(signal), stopped]);
  if (client === undefined) return;
  const lost = new AbortController();
  client.on("error", printError);
  client.on("disconnect", (reason) => {
    print({ event: "disconnected", reason: String(reason) });
    if (!signal.aborted) process.exitCode = 1;
    lost.abort();
  });
  await Promise.race([use(client, AbortSignal.any([signal, lost.signal])), stopped]);
}

/** The hub may start later than the module. */
async function connected(signal: AbortSignal): Promise<ModuleClient | undefined> {
  while (!signal.aborted) {
    try {
      const client = await ModuleClient.fromEnvironment(Mqtt);
      await client.open();
      print({ event: "connected" });
      return client;
    } catch (error) {
      printError(error);
      await sleep(retryMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
