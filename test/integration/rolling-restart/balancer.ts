import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A place that connections may be sent to. */
export interface Backend {
  readonly port: number;
  readonly observability: number;
}

/** Balances TCP connections as a Service does: new ones go to backends that are ready, those that are open stay. */
export interface Balancer {
  readonly port: number;
  add(backend: Backend): void;
  /** Forgets a backend, as a Service does when its pod begins to end. */
  remove(backend: Backend): void;
  isReady(backend: Backend): boolean;
  close(): void;
}

/** How often a backend's readiness is asked for, in milliseconds. */
const interval = 250;

export async function startBalancer(): Promise<Balancer> {
  const backends = new Set<Backend>();
  const ready = new Set<Backend>();
  const sockets = new Set<Socket>();
  let turn = 0;

  const server = createServer((client) => {
    const candidates = [...ready];
    const backend = candidates[turn++ % candidates.length];
    if (backend === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(backend.port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.end();
      });
    }
  });

  async function probe(backend: Backend): Promise<void> {
    const isReady = await fetch(`http://127.0.0.1:${backend.observability}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady && backends.has(backend)) ready.add(backend);
    else ready.delete(backend);
  }

  const timer = setInterval(() => backends.forEach((backend) => void probe(backend)), interval);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    add: (backend) => void backends.add(backend),
    remove: (backend) => {
      backends.delete(backend);
      ready.delete(backend);
    },
    isReady: (backend) => ready.has(backend),
    close: () => {
      clearInterval(timer);
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
