import { randomBytes } from "node:crypto";
import type { Server } from "node:https";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "../../shared/logger.ts";
import { parseApiVersion } from "../api/api-version.ts";
import { type Handlers, isAllowed, type PathParameters, type Route, type RouteTable } from "../api/route.ts";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import type { ServingCertificate } from "../certificates/serving-certificate.ts";
import type { Metrics } from "../metrics.ts";
import type { Budgets } from "./budgets.ts";
import { answerClientError, toHttpError } from "./error-answers.ts";
import { forbidden, HttpError, notFound } from "./http-error.ts";
import { type HttpLimits, httpLimits } from "./limits.ts";
import { createTlsServer } from "./tls-server.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set before any handler runs. */
    identity: ModuleIdentity | undefined;
  }
  interface FastifyContextConfig {
    readonly name?: string;
    readonly route?: Route;
  }
}

/** One of iotedged's two HTTPS APIs. */
export interface ApiServer {
  /** @returns the port in use, also when 0 was asked for */
  listen(options: { readonly port: number; readonly host: string }): Promise<number>;
  /** From now on every answer asks its client to connect anew, elsewhere. */
  drain(): void;
  /** Accepts nothing more, lets requests that run end, and hangs up on the rest after `grace` milliseconds. */
  close(grace: number): Promise<void>;
}

type Handler = (identity: ModuleIdentity, body: unknown, parameters: PathParameters) => unknown;
type Application = FastifyInstance<Server>;

/** @param options.routes the closed table; nothing else is served */
export function createApiServer<Table extends RouteTable>(options: {
  readonly routes: Table;
  readonly handlers: Handlers<Table>;
  readonly certificate: ServingCertificate;
  readonly authenticator: Authenticator;
  readonly budgets: Budgets;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly limits?: HttpLimits;
}): ApiServer {
  const { routes, handlers, certificate, authenticator, budgets, metrics, log, limits = httpLimits } = options;
  let draining = false;
  const app: Application = Fastify({
    serverFactory: (listener) => createTlsServer(certificate, limits, listener),
    bodyLimit: limits.bodyLimit,
    keepAliveTimeout: limits.keepAliveTimeout,
    requestTimeout: limits.requestTimeout,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.maxParamLength },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    genReqId: requestIds(),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply) => void sendError(reply as FastifyReply, toHttpError(error)),
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  app.decorateRequest("identity", undefined);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, app.getDefaultJsonParser("error", "error"));

  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id).header("cache-control", "no-store");
    if (draining) reply.header("connection", "close");
    await admit(request, authenticator, budgets);
  });
  app.addHook("onResponse", (request, reply, done) => {
    observe(request, reply);
    done();
  });
  app.setNotFoundHandler(() => {
    throw notFound();
  });
  app.setErrorHandler((error, request, reply) => {
    const answer = toHttpError(error);
    metrics.rejected.inc({ reason: answer.reason });
    if (answer.status >= 500) log.error({ error: answer.cause ?? answer, requestId: request.id }, "request failed");
    else log.info({ ...summaryOf(request), status: answer.status, reason: answer.reason }, "request refused");
    sendError(reply, answer);
  });
  for (const [name, route] of Object.entries(routes)) addRoute(app, name, route, handlers);

  function observe(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.config.name ?? "none";
    metrics.requestSeconds.observe({ route, code: reply.statusCode }, reply.elapsedTime / 1000);
    if (reply.statusCode < 400) log.debug({ ...summaryOf(request), status: reply.statusCode }, "request served");
  }

  return {
    listen: async ({ port, host }) => {
      await app.listen({ port, host });
      const address = app.server.address();
      return typeof address === "object" && address !== null ? address.port : port;
    },
    drain: () => {
      draining = true;
    },
    close: async (grace) => {
      const hangUp = setTimeout(() => app.server.closeAllConnections(), grace);
      await app.close();
      clearTimeout(hangUp);
    },
  };
}

/** Version, identity, budget and rights, in this order, and all before the body is read. */
async function admit(request: FastifyRequest, authenticator: Authenticator, budgets: Budgets): Promise<void> {
  const { route } = request.routeOptions.config;
  if (request.is404 || route === undefined) return;
  const version = parseApiVersion((request.query as Record<string, unknown>)["api-version"]);
  if (version < route.since) throw notFound();
  request.identity = await authenticator.authenticate(request.raw.rawHeaders);
  budgets.spend(route.budget, request.identity);
  if (!isAllowed(route.access, request.identity, request.params as PathParameters)) throw forbidden();
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined) throw new HttpError(415, "bad-request", "A compressed body is not accepted");
}

function addRoute<Table extends RouteTable>(
  app: Application,
  name: string,
  route: Route,
  handlers: Handlers<Table>,
): void {
  const handler = handlers[name] as Handler;
  app.route({
    method: route.method,
    url: route.path,
    config: { name, route },
    schema: { ...(route.body === undefined ? {} : { body: route.body }), response: { [route.status]: route.response } },
    handler: async (request, reply) => {
      if (request.identity === undefined) throw forbidden();
      reply.code(route.status);
      return handler(request.identity, request.body, request.params as PathParameters);
    },
  });
}

function sendError(reply: FastifyReply, { status, headers, message }: HttpError): void {
  reply.code(status).headers(headers).type("application/json; charset=utf-8").send(JSON.stringify({ message }));
}

/** Method, route and caller; no path, no header and no body. */
function summaryOf(request: FastifyRequest) {
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.config.name ?? "none",
    moduleId: request.identity?.moduleId,
    pod: request.identity?.podName,
  };
}

/** Ids that differ between replicas and restarts, and cost nothing to make. */
function requestIds(): () => string {
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  return () => `${prefix}-${++count}`;
}
