import { once } from "node:events";
import { withModuleClient } from "./module-client.ts";
import { print, printError } from "./print.ts";

/** Prints what comes to its inputs. */
export function consume(signal: AbortSignal): Promise<void> {
  return withModuleClient(signal, async (client, connected) => {
    client.on("inputMessage", (input, message) => {
      print({ event: "received", input, reading: parse(message.getData().toString("utf8")) });
      client.complete(message).catch(printError);
    });
    if (!connected.aborted) await once(connected, "abort");
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
