import { setTimeout as sleep } from "node:timers/promises";
import { Message } from "azure-iot-device";
import { withModuleClient } from "./module-client.ts";
import { print } from "./print.ts";

const output = "readings";

/**
 * Sends a reading to its output `readings` again and again.
 *
 * @param interval milliseconds
 */
export function sense(interval: number, signal: AbortSignal): Promise<void> {
  return withModuleClient(signal, async (client, connected) => {
    while (!connected.aborted) {
      const reading = { celsius: 20 + Math.round(Math.random() * 50) / 10, at: new Date().toISOString() };
      const message = new Message(JSON.stringify(reading));
      message.contentType = "application/json";
      message.contentEncoding = "utf-8";
      await client.sendOutputEvent(output, message);
      print({ event: "sent", output, reading });
      await sleep(interval, undefined, { signal: connected }).catch(() => undefined);
    }
  });
}
