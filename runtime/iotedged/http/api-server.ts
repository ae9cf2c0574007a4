import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Call, Handlers, Route, RouteTable } from "../api/route.ts";
import { unservedMethods } from "../api/unserved-methods.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import type { ServingCertificate } from "../certificates/serving-certificate.ts";
import type { Admission, Visit } from "../connections/admission.ts";
import { admitConnections } from "../connections/admit-connections.ts";
import { HttpError, notFound, toHttpError } from "../http-error.ts";
import { endpointOf, type Gate, type Handler } from "./endpoint.ts";
import { type HttpLimits, httpLimits } from "./limits.ts";
import { type Destinations, Observer } from "./observer.ts";
import { serverOptions, tlsOptions } from "./server-options.ts";

declare module "fastify" {
  interface FastifyRequest extends Call {
    /** Name of the route; undefined where there is none. */
    endpoint: string | undefined;
    /** Its connection. */
    visit: Visit;
    /** Who asks; there once that is proven. */
    identity: ModuleIdentity;
  }
}

/** Statuses by which somebody is refused, and not something that did not work out. */
const verdicts: ReadonlySet<number> = new Set([401, 403, 429]);

/** One of iotedged's two HTTPS APIs. */
export interface ApiServer {
  /** @returns the port in use, also when 0 was asked for */
  listen(options: { readonly port: number; readonly host: string }): Promise<number>;
  /** From now on every answer asks its client to connect anew, elsewhere. */
  drain(): void;
  /** Accepts nothing more, lets requests that run end, and hangs up on the rest after `grace` milliseconds. */
  close(grace: number): Promise<void>;
}

interface ApiServerOptions<Table extends RouteTable> extends Omit<Gate, "observer">, Destinations {
  /** The closed table; nothing else is served. */
  readonly routes: Table;
  readonly handlers: Handlers<Table>;
  readonly certificate: ServingCertificate;
  readonly admission: Admission;
  readonly limits?: HttpLimits;
}

/** Serves a closed table of routes and nothing else: each is given to Fastify as the table has it. */
export function createApiServer<Table extends RouteTable>(options: ApiServerOptions<Table>): ApiServer {
  const { certificate, limits = httpLimits } = options;
  const observer = new Observer(options);
  let draining = false;

  /** @returns whether to go on with the request */
  function begin(request: FastifyRequest, reply: FastifyReply): boolean {
    request.visit = visitOf(request.raw.socket);
    if (!request.visit.request(reply.raw)) return false;
    observer.follow(request, reply);
    reply.header("x-request-id", request.id).header("cache-control", "no-store");
    if (draining) reply.header("connection", "close");
    return true;
  }

  function refuse(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = toHttpError(thrown);
    // Who hangs up in time would otherwise leave no trace of what was refused.
    if (!reply.raw.destroyed || verdicts.has(error.status)) observer.refused(request, error);
    // Fastify would hang up on each body that it refuses, often before its client has read why.
    if (!draining) reply.removeHeader("connection");
    // Whether a client that waits for leave to send its body will send it is not known.
    if (!request.raw.complete && request.headers.expect !== undefined) reply.header("connection", "close");
    discardBody(request.raw);
    reply.code(error.status).headers(error.headers).send({ message: error.message });
  }

  const app = fastify({
    ...serverOptions(certificate.current, limits),
    logController: observer,
    clientErrorHandler: (error, socket) => {
      if (answerClientError(error, socket)) options.metrics.rejected.inc({ reason: "bad-request" });
    },
    frameworkErrors: ({ statusCode = 400 }, request, reply) => {
      if (!begin(request, reply)) return;
      const error = new HttpError(statusCode, "bad-request", "The path is not valid");
      refuse(request.url.startsWith("/") ? error : notFound(), request, reply);
    },
  });
  const visitOf = admitConnections(app.server, options.admission);
  app
    .decorateRequest("endpoint")
    .decorateRequest("visit")
    .decorateRequest("actedOn")
    .decorateRequest("identity")
    .decorateRequest("parameters", { getter: parametersOf });
  app.addHook("onRequest", (request, reply, done) => {
    if (!begin(request, reply)) return;
    // Fastify would find a path in a whole URL, which is none of ours.
    done(request.url.startsWith("/") ? undefined : notFound());
  });
  app.setErrorHandler(refuse).setNotFoundHandler((request, reply) => refuse(notFound(), request, reply));
  // A body that no route reads is none of its business, whatever is in it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, void discardBody(payload)));
  const rows = Object.entries<Route>(options.routes).map(
    ([name, route]) =>
      [route, endpointOf(name, route, options.handlers[name] as Handler, { ...options, observer })] as const,
  );
  for (const [{ body }, endpoint] of rows) if (body === undefined) app.route(endpoint);
  for (const unserved of unservedMethods(options.routes, app.supportedMethods)) app.route(unserved);
  app.register((reading, _options, done) => {
    reading.removeAllContentTypeParsers();
    // Whatever media type is named, and also without one: the SDK for Python names none.
    const parseJson = app.getDefaultJsonParser("error", "error");
    reading.addContentTypeParser(["application/json", "*"], { parseAs: "string" }, parseJson);
    for (const [{ body }, endpoint] of rows) if (body !== undefined) reading.route(endpoint);
    done();
  });

  const { server } = app;
  server.on("checkContinue", app.routing);
  server.once(
    "close",
    certificate.onChange((next) => server.setSecureContext(tlsOptions(next))),
  );
  return {
    // Else a flood fills the queue of the kernel, and clients that are refused there try again after seconds.
    listen: (where) => app.listen({ ...where, backlog: 4096 }).then(() => (server.address() as AddressInfo).port),
    drain: () => {
      draining = true;
    },
    close: async (grace) => {
      draining = true;
      const hangUp = setTimeout(() => server.closeAllConnections(), grace);
      await app.close();
      clearTimeout(hangUp);
    },
  };
}

/** Lets the rest of a body that nobody wants go by, within limits, so that its client gets to read the answer. */
function discardBody(request: IncomingMessage): void {
  let left = 1024 * 1024;
  request.on("error", () => {});
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}

const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers what is no HTTP request, and hangs up once all is sent; tells whether there was somebody to answer. */
function answerClientError({ code = "" }: NodeJS.ErrnoException, socket: Socket): boolean {
  if (code === "ECONNRESET" || !socket.writable) return !socket.destroy();
  const [status, phrase] = [statuses[code] ?? 400, STATUS_CODES[statuses[code] ?? 400]];
  const body = JSON.stringify({ message: phrase });
  const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${status} ${phrase}\r\n${head}\r\n\r\n${body}`, () => socket.destroy());
  return true;
}

function parametersOf(this: FastifyRequest): URLSearchParams {
  return new URLSearchParams(this.query as string);
}
