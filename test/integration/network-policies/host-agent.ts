/**
 * Stands for all programs of one host: listens on every port that a test knows, and connects where it is told to. It is
 * started inside of the host's network namespace. One JSON object a line, in and out.
 */
import { createSocket } from "node:dgram";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface Attempt {
  readonly id: number;
  readonly protocol: "TCP" | "UDP";
  readonly address: string;
  readonly port: number;
  readonly localPort: number;
}

const [tcpPorts = "", udpPorts = ""] = process.argv.slice(2);
const numbers = (list: string) => list.split(",").filter(Boolean).map(Number);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const open = new Map<number, { close(): void }>();

for (const port of numbers(tcpPorts)) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(port, "0.0.0.0", resolve));
}
for (const port of numbers(udpPorts)) {
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => socket.send(message, from.port, from.address));
  await new Promise<void>((resolve) => socket.bind(port, "0.0.0.0", resolve));
}
say({ ready: true });

function attempt({ id, protocol, address, port, localPort }: Attempt): void {
  const reached = () => say({ reached: id });
  if (protocol === "TCP") {
    const socket: Socket = connect({ host: address, port, localPort });
    socket.on("connect", reached).on("error", () => {});
    open.set(id, { close: () => socket.destroy() });
    return;
  }
  const socket = createSocket("udp4");
  socket.on("message", reached).on("error", () => {});
  socket.bind(localPort, () => socket.send("ping", port, address));
  open.set(id, socket);
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const told = JSON.parse(line) as Attempt | { readonly end: number };
  if (!("end" in told)) return attempt(told);
  open.get(told.end)?.close();
  open.delete(told.end);
});
// Whoever has started it is gone.
process.stdin.on("end", () => process.exit(0));
