import { join } from "node:path";
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** A service of one of the small `.proto` files beside this one. */
export function serviceOf(file: string, name: string): ServiceDefinition {
  const found = loadSync(join(import.meta.dirname, file), { keepCase: true })[name];
  if (found === undefined || "type" in found) throw new Error(`${file} has no service ${name}`);
  return found as ServiceDefinition;
}

/** What a method with one answer does. */
export function answering<T>(answer: (request: T) => object | Promise<object>): UntypedServiceImplementation[string] {
  return (call: { request: T }, callback: (error: Error | null, value?: object) => void) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (value) => callback(null, value),
        (error: Error) => callback(error),
      );
  };
}

/** Serves the kubelet on a socket of the node. */
export async function servePlugin(
  socket: string,
  services: readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[],
): Promise<Server> {
  const server = new Server();
  for (const [definition, implementation] of services) server.addService(definition, implementation);
  await new Promise<void>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure();
    server.bindAsync(`unix:${socket}`, credentials, (error) => (error === null ? resolve() : reject(error)));
  });
  return server;
}
