import { createServer, type Server, type ServerResponse } from "node:http";
import { promisify } from "node:util";
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
  const texts = new Map(Object.entries(documents).map(([path, value]) => [path, JSON.stringify(value)]));
  const limits = { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 };
  const server = createServer(limits, (request, response) => {
    request.resume();
    void answer(request.method ?? "", request.url ?? "", response, { health, registry, texts });
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return { port: portOf(server), close: () => close(server) };
}

interface Content {
  readonly health: Health;
  readonly registry: Registry;
  readonly texts: ReadonlyMap<string, string>;
}

async function answer(method: string, url: string, response: ServerResponse, { health, registry, texts }: Content) {
  if (method !== "GET") return send(response, 405, "text/plain", "only GET\n");
  switch (url) {
    case "/livez":
      return send(response, 200, "text/plain", "ok\n");
    case "/startupz":
      return sendConditions(response, health.started, health);
    case "/readyz":
      return sendConditions(response, health.ready, health);
    case "/metrics":
      return send(response, 200, registry.contentType, await registry.metrics());
    default:
      return sendText(response, texts.get(url));
  }
}

function sendText(response: ServerResponse, text: string | undefined): void {
  if (text === undefined) send(response, 404, "text/plain", "not found\n");
  else send(response, 200, "application/json", text);
}

function sendConditions(response: ServerResponse, ok: boolean, health: Health): void {
  const { conditions, degraded } = health;
  send(response, ok ? 200 : 503, "application/json", `${JSON.stringify({ ok, conditions, degraded })}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function close(server: Server): Promise<void> {
  server.closeIdleConnections();
  await promisify(server.close.bind(server))();
}
