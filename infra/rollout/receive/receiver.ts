import type { Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { EdgeError } from "#base";
import { Allowance } from "./allowance.ts";
import type { EventStore, Taken } from "./event-store.ts";
import { type FluxEvent, maxEventBytes, parseFluxEvent } from "./flux-event.ts";
import { isSignedBy, signatureHeader } from "./signature.ts";

/** What became of a request. `other`: about an object that no rollout looks at. */
export type Received = Taken | "other" | "refused" | "unreadable" | "tooMany" | "failed";

/** What is told of a request. Of those that nobody has signed nothing is known but that there was one. */
export interface ReceivedReport {
  readonly result: Received;
  readonly cluster?: string;
  readonly event?: FluxEvent;
  /** Why it was not kept. */
  readonly problem?: string;
}

export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface ReceiverOptions {
  /** Clusters that may report, and their Kustomization: `namespace/name`. */
  readonly clusters: ReadonlyMap<string, string>;
  /** The key by which the cluster's Flux signs; undefined where there is none. */
  readonly keyOf: (cluster: string) => Promise<Buffer | undefined>;
  readonly store: Pick<EventStore, "take">;
  readonly tls: TlsPair;
  readonly now: () => number;
  readonly observe: (report: ReceivedReport) => void;
}

export interface Receiver {
  /** @returns the port in use, also when 0 was asked for */
  listen(options: { readonly host: string; readonly port: number }): Promise<number>;
  /** Takes another certificate for new connections. */
  renew(tls: TlsPair): void;
  close(): Promise<void>;
}

/** Flux posts a few events a minute; who sends more takes nobody else's place. */
const limits = {
  connections: 1000,
  /** Clusters behind one address have a few each; whoever has no key must not take all of them. */
  connectionsOfAddress: 200,
  http: {
    bodyLimit: maxEventBytes,
    maxHeaderSize: 8 * 1024,
    headersTimeout: 5_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 1_000,
    handshakeTimeout: 5_000,
    keepAliveTimeout: 30_000,
    connectionTimeout: 20_000,
  },
  perCluster: { burst: 30, everyMs: 1_000 },
} as const;

const statuses: Readonly<Record<Received, number>> = {
  taken: 202,
  // Nothing is wrong with what was sent, and sending it again would change nothing.
  again: 200,
  late: 200,
  other: 200,
  refused: 401,
  unreadable: 400,
  future: 400,
  tooMany: 429,
  crowded: 429,
  failed: 500,
};

/** Closes what one address opens beyond its share, before a handshake is begun. */
function shareConnections(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.prependListener("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (open.get(address) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}

/**
 * Receives what Flux's provider `generic-hmac` sends: `POST /clusters/NAME/events`. Nothing is told to who has not signed,
 * not even whether there is such a cluster.
 */
export async function createReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { fastify } = await import("fastify");
  const { bodyLimit, ...times } = limits.http;
  const allowances = new Map<string, Allowance>();
  const app = fastify({
    ...times,
    bodyLimit,
    https: { ...options.tls, ...times, minVersion: "TLSv1.2" },
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 100 },
  });
  (app.server as Server).maxConnections = limits.connections;
  shareConnections(app.server as Server, limits.connectionsOfAddress);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  const judge = async (cluster: string, body: Buffer, signature: string | undefined): Promise<ReceivedReport> => {
    const kustomization = options.clusters.get(cluster);
    const key = kustomization === undefined ? undefined : await options.keyOf(cluster);
    if (!isSignedBy(key, body, signature)) return { result: "refused" };
    const now = options.now();
    const allowance = allowances.get(cluster) ?? new Allowance(limits.perCluster, now);
    allowances.set(cluster, allowance);
    if (!allowance.take(now)) return { result: "tooMany", cluster };
    const event = parseFluxEvent(body);
    if (event === undefined) return { result: "unreadable", cluster };
    if (event.object !== `Kustomization ${kustomization}`) return { result: "other", cluster, event };
    return { result: await options.store.take(cluster, event, body, now), cluster, event };
  };

  const answer = (reply: FastifyReply, report: ReceivedReport) => {
    options.observe(report);
    return reply.code(statuses[report.result]).send({ result: report.result });
  };
  app.post("/clusters/:cluster/events", async (request: FastifyRequest, reply) => {
    const { cluster } = request.params as { readonly cluster: string };
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const signature = request.headers[signatureHeader];
    try {
      return answer(reply, await judge(cluster, body, typeof signature === "string" ? signature : undefined));
    } catch (error) {
      const problem = error instanceof EdgeError ? error.message : (error as NodeJS.ErrnoException).code;
      return answer(reply, { result: "failed", cluster, problem: problem ?? "an error of edgectl itself" });
    }
  });
  app.setNotFoundHandler((_request, reply) => answer(reply, { result: "refused" }));
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    options.observe({ result: "refused" });
    return reply.code(error.statusCode ?? 400).send({ result: "refused" });
  });
  return {
    listen: async ({ host, port }) => {
      await app.listen({ host, port });
      return (app.server.address() as AddressInfo).port;
    },
    renew: (tls) => (app.server as unknown as Server).setSecureContext({ ...tls, minVersion: "TLSv1.2" }),
    close: () => app.close(),
  };
}
