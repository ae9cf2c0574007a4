import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb.js";

const maxMessageBytes = 400 * 1024 * 1024;

/** Answers one kind of call. What it throws becomes the error of the call. */
export type Handler<Request, Response> = (request: Request) => Response | Promise<Response>;

/** Handlers by the name of the call. */
// biome-ignore lint/suspicious/noExplicitAny: each call has message classes of its own, which this layer only passes on
export type Handlers = Readonly<Record<string, Handler<any, unknown>>>;

/** The two services that a Pulumi program talks to. */
export interface Services {
  readonly monitor: Handlers;
  readonly engine: Handlers;
}

export interface GrpcServer {
  /** For the SDK: both services answer here. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves them on a socket that only this user can open. Calls without a
 * handler are answered with UNIMPLEMENTED.
 *
 * @param onError called with what a handler threw: gRPC passes on nothing but its message
 */
export async function serve(services: Services, onError: (error: Error) => void): Promise<GrpcServer> {
  const directory = await mkdtemp(join(tmpdir(), "edge-render-"));
  const server = new Server({ "grpc.max_receive_message_length": maxMessageBytes });
  server.addService(ResourceMonitorService, implementation(ResourceMonitorService, services.monitor, onError));
  server.addService(EngineService, implementation(EngineService, services.engine, onError));
  const address = `unix:${join(directory, "monitor.sock")}`;
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  return {
    address,
    close: async () => {
      server.forceShutdown();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function implementation(service: object, handlers: Handlers, onError: (error: Error) => void) {
  const methods: UntypedServiceImplementation = {};
  for (const name of Object.keys(service)) methods[name] = unary(name, handlers[name], onError);
  return methods;
}

function unary(name: string, handler: Handlers[string] | undefined, onError: (error: Error) => void) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    if (handler === undefined) {
      callback({ code: status.UNIMPLEMENTED, details: `${name} is not supported by the render engine` });
      return;
    }
    Promise.resolve()
      .then(() => handler(call.request))
      .then(
        (response) => callback(null, response),
        (error: Error) => {
          onError(error);
          callback({ code: status.UNKNOWN, details: error.message });
        },
      );
  };
}
