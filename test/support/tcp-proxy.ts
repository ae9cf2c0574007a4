import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * What a network may do to an API server's clients. `forward`: nothing. `refuse`: connections are reset, those that are
 * open too. `blackhole`: bytes vanish, on open connections too. `slow`: what the server answers comes seconds late.
 */
export type NetworkMode = "forward" | "refuse" | "blackhole" | "slow";

/** A TCP proxy that can be told to misbehave. */
export interface TcpProxy {
  readonly port: number;
  set(mode: NetworkMode): void;
  close(): Promise<void>;
}

/** @param options.delay of `slow`, in milliseconds */
export async function startTcpProxy(options: { readonly target: URL; readonly delay: number }): Promise<TcpProxy> {
  const { target, delay } = options;
  const sockets = new Set<Socket>();
  let mode: NetworkMode = "forward";

  /** Passes one direction of a connection on, in order: what comes behind something that is late is late, too. */
  function passTo(to: Socket, wait: number): (chunk: Buffer) => void {
    let late = 0;
    return (chunk) => {
      if (mode === "blackhole") return;
      if (late === 0 && (mode !== "slow" || wait === 0)) {
        to.write(chunk);
        return;
      }
      late++;
      setTimeout(() => {
        late--;
        if (to.writable) to.write(chunk);
      }, wait);
    };
  }

  const server = createServer((client) => {
    if (mode === "refuse") {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to, wait] of [
      [client, upstream, 0],
      [upstream, client, delay],
    ] as const) {
      sockets.add(from);
      from.on("data", passTo(to, wait));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const hangUp = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    set: (next) => {
      mode = next;
      if (next === "refuse") hangUp();
    },
    close: async () => {
      hangUp();
      server.close();
      await once(server, "close");
    },
  };
}
