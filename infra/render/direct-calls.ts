import { status } from "@grpc/grpc-js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import type { Services } from "./grpc-server.ts";

/** A client of the SDK, by the names of its calls. */
export type Client = Record<string, unknown> & { close(): void };

type Callback = (
  error: { readonly code: number; readonly details: string; readonly message: string } | null,
  response?: unknown,
) => void;

/** `pulumirpc.LogSeverity.DEBUG` */
const debugSeverity = 0;

/**
 * Lets the frequent calls reach their handlers without the wire: client and server are one process here, and what is
 * serialized for each other takes a third of the time. The messages are the same; all other calls take the wire.
 *
 * Messages for debugging are dropped. The SDK sends three for every resource, with its secrets in plain text, and each
 * waits for the one before.
 *
 * @param onError called with what a handler threw
 */
export function callDirectly(
  clients: { readonly monitor: Client; readonly engine: Client },
  services: Services,
  onError: (error: Error) => void,
): void {
  const direct = (client: Client, name: string, handler: (request: never) => unknown) => {
    client[name] = (request: never, callback: Callback) => {
      answer(() => handler(request), callback, onError);
    };
  };
  for (const name of ["registerResource", "registerResourceOutputs", "registerResourceHook"]) {
    const handler = services.monitor[name];
    if (handler !== undefined) direct(clients.monitor, name, handler);
  }
  const log = services.engine.log;
  direct(clients.engine, "log", (request: LogRequest) =>
    request.getSeverity() === debugSeverity ? undefined : log?.(request),
  );
}

function answer(handle: () => unknown, callback: Callback, onError: (error: Error) => void): void {
  Promise.resolve()
    .then(handle)
    .then(
      (response) => callback(null, response),
      (error: Error) => {
        onError(error);
        callback({ code: status.UNKNOWN, details: error.message, message: error.message });
      },
    );
}
