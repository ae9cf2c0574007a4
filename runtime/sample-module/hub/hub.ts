import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, createServer, getCACertificates, type Server } from "node:tls";
import { systemClock } from "../clock.ts";
import { print, printError } from "../print.ts";
import type { WorkloadClient } from "../workload-client.ts";
import type { Device } from "./authenticate.ts";
import { createBroker } from "./broker.ts";
import { createMessageCounts } from "./counts.ts";
import { limitPackets } from "./packet-limit.ts";
import { openSessions } from "./sessions.ts";
import { openMessageStore } from "./upstream/message-store.ts";
import type { UpstreamSettings } from "./upstream/settings.ts";
import { createUpstream, type Upstream } from "./upstream/upstream.ts";

const day = 24 * 60 * 60 * 1000;
const maxConnections = 1000;
const handshakeTimeout = 10_000;
const sessionsFile = "sessions.db";
/** IoT Hub's, of MQTT over TLS. */
const hubPort = 8883;
/** A timer of Node cannot be longer than this. */
const maxTimer = 2 ** 31 - 1;

export interface HubOptions {
  readonly device: Device;
  /** Name by which modules reach the hub, and that its certificate is issued to. */
  readonly hostname: string;
  /** JSON of the routes. */
  readonly routes: string;
  /** MQTT over TLS. */
  readonly port: number;
  /** The count of messages, on loopback. */
  readonly countsPort: number;
  /** IoT Hub, where messages go there. */
  readonly upstream: UpstreamSettings | undefined;
}

/** Stands in for EdgeHub: passes messages on between modules, by MQTT over TLS. */
export async function serveHub(workload: WorkloadClient, options: HubOptions, signal: AbortSignal): Promise<void> {
  const { device, hostname, routes, port, countsPort } = options;
  const counts = createMessageCounts();
  const upstream = options.upstream === undefined ? undefined : openUpstream(device, options.upstream);
  const { storageFolder } = options.upstream ?? {};
  const sessions = openSessions(storageFolder && join(storageFolder, sessionsFile), reportDamaged);
  const broker = await createBroker({ device, routes, verify: workload.verify, counts, sessions, upstream });
  const certificate = await untilIssued(workload, hostname, signal);
  if (certificate === undefined) return;
  const { key, certificate: cert, expiration } = certificate;
  const server = createServer({ key, cert, minVersion: "TLSv1.2", handshakeTimeout }, (connection) => {
    broker.handle(connection);
    limitPackets(connection);
  });
  server.maxConnections = maxConnections;
  server.on("tlsClientError", printError);
  const countsServer = createHttpServer((_, response) =>
    response.end(JSON.stringify({ modules: counts.list(), upstream: upstream?.status() })),
  );
  countsServer.listen(countsPort, "127.0.0.1");
  server.listen(port);
  await Promise.all([once(server, "listening"), once(countsServer, "listening")]);
  print({ event: "listening", port, hostname, expiration });
  await renewing(server, workload, hostname, expiration, signal);
  countsServer.close();
  server.close();
  await new Promise<void>((closed) => broker.close(closed));
  upstream?.close();
  sessions.close();
}

function reportDamaged(path: string): void {
  print({ event: "storage-damaged", movedTo: path });
}

/** IoT Hub by MQTT over TLS, by the host name that modules know, and the store of messages that wait for it. */
function openUpstream(device: Device, settings: UpstreamSettings): Upstream {
  const { storageFolder: folder, maxBytes, maxAge, ca } = settings;
  const { hubHostname: host } = device;
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates(), ca] };
  const store = openMessageStore({ folder, maxBytes, maxAge, clock: systemClock }, reportDamaged);
  return createUpstream({
    ...{ device, store, clock: systemClock, random: Math.random, log: print },
    open: () => connect({ host, port: hubPort, servername: host, minVersion: "TLSv1.2", ...trusted }),
  });
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
