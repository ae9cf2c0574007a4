/** A hostile client as a process of its own: keeps so many connections to each target open, and opens those anew that end. */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { hugeClientHello, recordClientHello } from "../../support/client-hello.ts";
import { tokenFor } from "../iotedged/api-server.ts";

/** What is done on every connection. */
export type Attack = keyof typeof attacks;

export interface Assault {
  readonly attack: Attack;
  /** Addresses that it comes from; each keeps its own connections to each target. */
  readonly from: readonly string[];
  readonly targets: readonly { readonly host: string; readonly port: number }[];
  /** From each address to each target. */
  readonly connections: number;
  /** Modules whose tokens it has, in turns; none by default. */
  readonly modules?: readonly string[];
}

/** Before a connection that has ended is opened anew: the load stays one that this machine can take. */
const pause = 500;
const drip = 500;
const hello = await recordClientHello();
const huge = hugeClientHello();
let count = 0;
let opened = 0;

const request = (module: string, rest: string) =>
  `POST /modules/${module}/genid/uid-${module}/sign?api-version=2019-01-30 HTTP/1.1\r\n` +
  `Host: a\r\nAuthorization: Bearer ${tokenFor(module)}\r\n${rest}`;
const largeBody = `Content-Length: 65536\r\n\r\n${"x".repeat(65_000)}`;

function dripFrom(socket: Socket, next: () => string | Buffer): void {
  const timer = setInterval(() => socket.writable && socket.write(next()), drip);
  socket.once("close", () => clearInterval(timer));
}

/** Sends again with each answer. */
function repeat(socket: Socket, next: () => string): void {
  socket.on("data", () => socket.writable && socket.write(next()));
  socket.write(next());
}

const attacks = {
  /** Handshakes that nobody ends: without a byte, complete, dripping, and of a size that is only announced. */
  "half-open": {
    tls: false,
    send: (socket: Socket) => {
      const way = count++ % 4;
      if (way === 1) socket.write(hello);
      if (way === 2) socket.write(huge);
      if (way !== 3) return;
      let at = 0;
      dripFrom(socket, () => hello.subarray(at, ++at));
    },
  },
  "huge-handshake": { tls: false, send: (socket: Socket) => void socket.write(huge) },
  silent: { tls: true, send: () => {} },
  "slow-heads": {
    tls: true,
    send: (socket: Socket) => {
      socket.write(`GET /modules HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(15_000)}`);
      dripFrom(socket, () => "x");
    },
  },
  "slow-bodies": {
    tls: true,
    send: (socket: Socket, module?: string) => {
      socket.write(request(module ?? `bad${count++}`, largeBody));
      dripFrom(socket, () => "x");
    },
  },
  /** Of a module, which asks once and stays. */
  resting: {
    tls: true,
    send: (socket: Socket, module = "") => void socket.write(request(module, "Content-Length: 2\r\n\r\n{}")),
  },
  "garbage-tokens": {
    tls: true,
    send: (socket: Socket) => repeat(socket, () => request(`bad${count++}`, "Content-Length: 0\r\n\r\n")),
  },
  "plain-heads": {
    tls: false,
    send: (socket: Socket) => {
      socket.write(`GET /livez HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(4000)}`);
      dripFrom(socket, () => "x");
    },
  },
  metrics: {
    tls: false,
    send: (socket: Socket) => repeat(socket, () => "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"),
  },
} as const satisfies Record<string, { tls: boolean; send: (socket: Socket, module?: string) => void }>;

function keepOpen(assault: Assault, localAddress: string, to: { host: string; port: number }): void {
  const { attack, modules = [] } = assault;
  const { tls, send } = attacks[attack];
  const socket: Socket = tls
    ? connectTls({ ...to, localAddress, rejectUnauthorized: false } as object)
    : connect({ ...to, localAddress });
  const module = modules[opened++ % modules.length];
  socket.once(tls ? "secureConnect" : "connect", () => send(socket, module));
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.once("close", () => setTimeout(() => keepOpen(assault, localAddress, to), pause));
}

process.on("message", (assault: Assault) => {
  for (const address of assault.from)
    for (const target of assault.targets)
      for (let index = 0; index < assault.connections; index++)
        setTimeout(() => keepOpen(assault, address, target), index / 2);
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
