import type { AddressInfo, Server, Socket } from "node:net";
import { type FastifyReply, fastify } from "fastify";
import type { Registry } from "prom-client";
import { monotonicClock } from "#base";
import { everyAddress } from "./every-address.ts";
import type { Health } from "./health.ts";
import { shareMetrics } from "./shared-metrics.ts";
import { type PlaceHolder, SharedPlaces } from "./shared-places.ts";

/** A listening server of probes and metrics. */
export interface ObservabilityServer {
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/** Requests that a connection may bring: the last answer asks to connect anew, and who sends more is hung up on. */
const mostOfConnection = 8;

/**
 * Serves `/livez` (the process answers), `/startupz` (was ready once), `/readyz` (every condition, with reasons) and
 * `/metrics` over plain HTTP, and the documents that it is given. Nothing else is there, and nothing of it is secret.
 */
export async function startObservabilityServer(options: {
  readonly port: number;
  /** @default all of the pod's */
  readonly host?: string;
  readonly health: Health;
  readonly registry: Registry;
  /** JSON documents by path, such as `/openapi/workload.json`. */
  readonly documents?: Readonly<Record<string, unknown>>;
}): Promise<ObservabilityServer> {
  const { port, host = everyAddress(), health, registry, documents = {} } = options;
  const app = fastify({
    http: { maxHeaderSize: 8192, headersTimeout: 5000, connectionsCheckingInterval: 1000 },
    requestTimeout: 5000,
    keepAliveTimeout: 5000,
    // Else one connection has any number of questions wait for the metrics, each of which takes memory.
    maxRequestsPerSocket: mostOfConnection,
    exposeHeadRoutes: false,
    return503OnClosing: false,
  });
  shareConnections(app.server);
  app.server.on("dropRequest", (_request, socket) => socket.destroy());
  // A body is never read.
  app.removeAllContentTypeParsers();
  app.setNotFoundHandler(({ method }, reply) => {
    const [status, text] = method === "GET" ? [404, "not found\n"] : [405, "only GET\n"];
    sendText(reply.code(status), text);
  });

  app.get("/livez", (_request, reply) => sendText(reply, "ok\n"));
  app.get("/startupz", (_request, reply) => sendConditions(reply, health.started, health));
  app.get("/readyz", (_request, reply) => sendConditions(reply, health.ready, health));
  const metrics = shareMetrics(registry, monotonicClock);
  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await metrics()));
  for (const [path, document] of Object.entries(documents)) {
    const bytes = Buffer.from(JSON.stringify(document));
    app.get(path, (_request, reply) => sendJson(reply, bytes));
  }
  // Whom the kernel has no room for tries again after a second: too late for a probe.
  await app.listen({ port, host, backlog: 4096 });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}

/** Connections: the port is open to all, and the kubelet restarts whom it cannot ask. */
const bounds = { most: 64, mostOfGroup: 8 } as const;
/** Milliseconds after which an address that has all of its connections loses the oldest one for a new one. */
const patience = 1000;

/** Lets each address have a few connections, of those that are left to who comes from others. */
function shareConnections(server: Server): void {
  const places = new SharedPlaces<PlaceHolder & { readonly since: number }>(
    bounds,
    ({ group, since }, next) => group !== next.group || next.since - since >= patience,
  );
  server.prependListener("connection", (socket: Socket) => {
    const end = () => void socket.destroy();
    const holder = { group: socket.remoteAddress ?? "", since: monotonicClock.now(), end };
    if (!places.take(holder)) return end();
    return void socket.once("close", () => places.giveBack(holder));
  });
}

function sendConditions(reply: FastifyReply, ok: boolean, { conditions, degraded }: Health): void {
  sendJson(reply.code(ok ? 200 : 503), Buffer.from(`${JSON.stringify({ ok, conditions, degraded })}\n`));
}

/** Bytes go out as they are: to a text Fastify would add its charset. */
function sendJson(reply: FastifyReply, bytes: Buffer): void {
  reply.type("application/json").send(bytes);
}

function sendText(reply: FastifyReply, text: string): void {
  reply.type("text/plain").send(text);
}
