import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { print, printError } from "./print.ts";
import { isTelemetry, type Telemetry } from "./telemetry.ts";
import type { WorkloadClient } from "./workload-client.ts";

const maxBodyBytes = 16 * 1024;
const day = 24 * 60 * 60 * 1000;
/** A timer of Node cannot be longer than this. */
const maxTimer = 2 ** 31 - 1;

/** Where the hub listens. */
export interface HubAddress {
  /** Name that its certificate is issued to. */
  readonly hostname: string;
  readonly port: number;
}

/** Stands in for EdgeHub: takes telemetry over TLS, with a server certificate from the workload API. */
export async function serveHub(workload: WorkloadClient, address: HubAddress, signal: AbortSignal): Promise<void> {
  const { hostname, port } = address;
  let latest: Telemetry | undefined;
  const first = await untilIssued(workload, hostname, signal);
  if (first === undefined) return;
  const server = createServer({ key: first.key, cert: first.certificate }, (request, response) => {
    answer(request, response, latest, (telemetry) => {
      latest = telemetry;
    }).catch((error: unknown) => {
      printError(error);
      if (!response.headersSent) response.writeHead(400);
      response.end();
    });
  });
  server.listen(port);
  await once(server, "listening");
  print({ event: "listening", port, hostname, expiration: first.expiration });
  await renewing(server, workload, hostname, first.expiration, signal);
  server.close();
  server.closeAllConnections();
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  latest: Telemetry | undefined,
  keep: (telemetry: Telemetry) => void,
): Promise<void> {
  const call = `${request.method} ${request.url}`;
  if (call === "GET /telemetry/latest") {
    response.writeHead(latest === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(latest ?? { message: "no telemetry yet" }));
    return;
  }
  if (call !== "POST /telemetry") {
    response.writeHead(404).end();
    return;
  }
  const telemetry: unknown = JSON.parse(await bodyOf(request));
  if (!isTelemetry(telemetry)) throw new Error("the body is not telemetry");
  keep(telemetry);
  print({ event: "telemetry", ...telemetry });
  response.writeHead(204).end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new Error(`the body is longer than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Renews at half of the certificate's life, without dropping a connection, until `signal`. */
async function renewing(
  server: Server,
  workload: WorkloadClient,
  hostname: string,
  firstExpiration: Date,
  signal: AbortSignal,
): Promise<void> {
  let expiration = firstExpiration;
  while (!signal.aborted) {
    const wait = Math.min((expiration.getTime() - Date.now()) / 2, maxTimer);
    await sleep(Math.max(wait, 1_000), undefined, { signal }).catch(() => undefined);
    const next = await untilIssued(workload, hostname, signal);
    if (next === undefined) return;
    server.setSecureContext({ key: next.key, cert: next.certificate });
    expiration = next.expiration;
  }
}

/** The hub's certificate, asked for until it is there; undefined when `signal` came first. */
async function untilIssued(workload: WorkloadClient, hostname: string, signal: AbortSignal) {
  while (!signal.aborted) {
    try {
      return await workload.serverCertificate(hostname, new Date(Date.now() + 30 * day));
    } catch (error) {
      printError(error);
      await sleep(2_000, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
