import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

/** A request as it reached the upstream. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Whether the supervisor of the proxy sent the request, to see whether iotedged is there. */
export function isProbe(request: SeenRequest): boolean {
  return request.headers["user-agent"] === "iotedge-proxy";
}

/** Stands in for iotedged: a TLS server that records what reaches it. */
export interface Upstream extends AsyncDisposable {
  readonly port: number;
  /** All but the proxy's own probes. */
  readonly seen: SeenRequest[];
  readonly probes: SeenRequest[];
  readonly server: Server;
  /** TLS connections that were accepted so far. */
  connections(): number;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startUpstream(
  tls: { readonly cert: string; readonly key: string },
  reply: (request: SeenRequest) => Reply | Promise<Reply> = () => ({ status: 200, body: '{"from":"iotedged"}' }),
): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  const probes: SeenRequest[] = [];
  let connections = 0;
  const server = createServer({ ...tls, keepAliveTimeout: 75_000 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const record = { method, url, headers, body: Buffer.concat(chunks).toString() };
    (isProbe(record) ? probes : seen).push(record);
    const answer = await reply(record);
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(answer.body);
  });
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    probes,
    server,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
