import type { Server, Socket } from "node:net";

/** Hangs up on who comes from an address that has so many connections already: one pod shall not keep the others out. */
export function limitConnectionsPerAddress(server: Server, most: number): void {
  const counts = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const { remoteAddress: address } = socket;
    const count = address === undefined ? most : (counts.get(address) ?? 0);
    if (address === undefined || count >= most) return void socket.destroy();
    counts.set(address, count + 1);
    return void socket.once("close", () => {
      const left = (counts.get(address) ?? 0) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
  });
}
