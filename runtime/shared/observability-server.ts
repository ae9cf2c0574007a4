import type { AddressInfo } from "node:net";
import { type FastifyReply, fastify } from "fastify";
import type { Registry } from "prom-client";
import type { Health } from "./health.ts";

/** A listening server of probes and metrics. */
export interface ObservabilityServer {
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/livez` (the process answers), `/startupz` (was ready once), `/readyz` (every condition, with reasons) and
 * `/metrics` over plain HTTP, and the documents that it is given. Nothing else is there, and nothing of it is secret.
 */
export async function startObservabilityServer(options: {
  readonly port: number;
  readonly host?: string;
  readonly health: Health;
  readonly registry: Registry;
  /** JSON documents by path, such as `/openapi/workload.json`. */
  readonly documents?: Readonly<Record<string, unknown>>;
}): Promise<ObservabilityServer> {
  const { port, host = "0.0.0.0", health, registry, documents = {} } = options;
  const app = fastify({
    http: { maxHeaderSize: 8192, headersTimeout: 5000, connectionsCheckingInterval: 1000 },
    requestTimeout: 5000,
    keepAliveTimeout: 5000,
    exposeHeadRoutes: false,
    return503OnClosing: false,
  });
  app.server.maxConnections = 64;
  // A body is never read.
  app.removeAllContentTypeParsers();
  app.setNotFoundHandler(({ method }, reply) => {
    const [status, text] = method === "GET" ? [404, "not found\n"] : [405, "only GET\n"];
    sendText(reply.code(status), text);
  });

  app.get("/livez", (_request, reply) => sendText(reply, "ok\n"));
  app.get("/startupz", (_request, reply) => sendConditions(reply, health.started, health));
  app.get("/readyz", (_request, reply) => sendConditions(reply, health.ready, health));
  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  for (const [path, document] of Object.entries(documents)) {
    const bytes = Buffer.from(JSON.stringify(document));
    app.get(path, (_request, reply) => sendJson(reply, bytes));
  }
  await app.listen({ port, host });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
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
