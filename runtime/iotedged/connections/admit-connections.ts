import type { Server } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Admission, Visit } from "./admission.ts";

/**
 * Lets a server see a connection only once it is admitted. The server has to be made with `pauseOnConnect`, so that nobody
 * reads from a connection that waits.
 *
 * @returns whose connection that of a request is
 */
export function admitConnections(server: Server, admission: Admission): (connection: Duplex) => Visit {
  const visits = new Map<string, Visit>();
  const secured = new WeakMap<Duplex, Visit>();
  const handshake = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const { remoteAddress: address, remotePort } = socket;
    if (address === undefined) return void socket.destroy();
    const client = `${address} ${remotePort}`;
    const visit = admission.arrive({
      address,
      begin: () => {
        for (const begin of handshake) begin.call(server, socket);
      },
      hangUp: () => socket.destroy(),
    });
    visits.set(client, visit);
    socket.on("error", () => {});
    return void socket.once("close", () => {
      if (visits.get(client) === visit) visits.delete(client);
      visit.leave();
    });
  });
  server.on("secureConnection", (socket) => {
    const visit = visits.get(`${socket.remoteAddress} ${socket.remotePort}`);
    // Of one that has just gone the address is not known any more.
    if (visit === undefined) return void socket.destroy();
    secured.set(socket, visit);
    return void socket.resume();
  });
  // Before the end of the handshake an answer would wait for ever, and the connection with it.
  server.prependListener("tlsClientError", (_error, socket) => socket.destroy());
  return (connection) => secured.get(connection) as Visit;
}
