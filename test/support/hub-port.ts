import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { FakeIotHub, Port } from "../iot-hub/index.ts";

/**
 * Has a fake listen on this machine. Its own `listen` does not tell who comes while it is away.
 *
 * @param onConnection told of each connection of TCP
 * @returns the port's number
 */
export async function listenToAll(fake: FakeIotHub, port: Port, onConnection: () => void): Promise<number> {
  const server = createServer().on("connection", onConnection);
  fake.attach(port, server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}
