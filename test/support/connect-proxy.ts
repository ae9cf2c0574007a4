import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A proxy of HTTP that leads each host it is asked for to a port of this machine. */
export interface ConnectProxy {
  readonly url: string;
  /** What it was asked for, as `host:port`. */
  readonly asked: readonly string[];
  /** The same of one client. @param address of the client */
  askedBy(address: string): readonly string[];
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** Address that it listens at. @default that of the loopback */
  readonly host?: string;
  /** Has clients reach it by TLS. @default none */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** @param portOf where a host and port are in truth; undefined refuses them with 403 */
export async function startConnectProxy(
  portOf: (target: string) => number | undefined,
  { host = "127.0.0.1", tls }: ConnectProxyOptions = {},
): Promise<ConnectProxy> {
  const asked: { readonly target: string; readonly client: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const refuse: RequestListener = (_request, response) => void response.writeHead(501).end();
  const server = tls === undefined ? createServer(refuse) : createTlsServer(tls, refuse);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.on("connect", ({ url = "", socket }, client, head) => {
    asked.push({ target: url, client: socket.remoteAddress });
    const port = portOf(url);
    if (port === undefined) {
      client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const target = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.write(head);
      client.pipe(target).pipe(client);
    });
    sockets.add(target);
    target.on("error", () => client.destroy());
    client.on("error", () => target.destroy());
  });
  await once(server.listen(0, host), "listening");
  const targets = (all: typeof asked) => all.map(({ target }) => target);
  return {
    url: `${tls === undefined ? "http" : "https"}://${host}:${(server.address() as AddressInfo).port}`,
    get asked() {
      return targets(asked);
    },
    askedBy: (address) => targets(asked.filter(({ client }) => client === address)),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
