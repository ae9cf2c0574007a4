import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { trustBundleHeader } from "#contract";
import type { Logger } from "#shared";
import { parseApiVersion } from "../api/api-version.ts";
import { type Handlers, isAllowed, type PathParameters, type Route, type RouteTable } from "../api/route.ts";
import { StreamedAnswer } from "../api/streamed-answer.ts";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import type { ServingCertificate } from "../certificates/serving-certificate.ts";
import type { Metrics } from "../metrics.ts";
import { type CommonHeaders, sendError, sendJson, sendStream } from "./answer.ts";
import type { Budgets } from "./budgets.ts";
import { HttpCall } from "./call.ts";
import { createEndpoints, type Endpoint } from "./endpoint.ts";
import { answerClientError, toHttpError } from "./error-answers.ts";
import { forbidden, HttpError, notFound } from "./http-error.ts";
import { type HttpLimits, httpLimits } from "./limits.ts";
import { createObserver, type Exchange, noRoute } from "./observer.ts";
import { discardBody, parseJsonBody, readBody } from "./request-body.ts";
import { createRouter, type Match } from "./router.ts";
import { createTlsServer } from "./tls-server.ts";

/** One of iotedged's two HTTPS APIs. */
export interface ApiServer {
  /** @returns the port in use, also when 0 was asked for */
  listen(options: { readonly port: number; readonly host: string }): Promise<number>;
  /** From now on every answer asks its client to connect anew, elsewhere. */
  drain(): void;
  /** Accepts nothing more, lets requests that run end, and hangs up on the rest after `grace` milliseconds. */
  close(grace: number): Promise<void>;
}

/**
 * Serves a table of routes with as little as `node:https` needs: a module may sign hundreds of times a second.
 *
 * @param options.routes the closed table; nothing else is served
 */
export function createApiServer<Table extends RouteTable>(options: {
  readonly routes: Table;
  readonly handlers: Handlers<Table>;
  readonly certificate: ServingCertificate;
  readonly authenticator: Authenticator;
  readonly budgets: Budgets;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly limits?: HttpLimits;
  /** Told which trust bundle the proxy of a proven module has, with every request that says so; must be cheap. */
  readonly onTrustBundle?: (identity: ModuleIdentity, hash: string) => void;
}): ApiServer {
  const { routes, handlers, certificate, authenticator, budgets, metrics, log, limits = httpLimits } = options;
  const { onTrustBundle } = options;
  const endpoints = createEndpoints(routes, handlers);
  const entries = endpoints.map((target) => ({ ...target.route, target }));
  const router = createRouter<Endpoint>(entries, limits.maxParamLength);
  const observer = createObserver({ metrics, log });
  const nextId = requestIds();
  let draining = false;

  /** Waits only for what is not there yet: a promise each for every step would cost as much as signing. */
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const exchange: Exchange = {
      id: nextId(),
      method,
      start: performance.now(),
      route: noRoute,
      identity: undefined,
    };
    observer.follow(exchange, response);
    try {
      const [path, query] = splitUrl(url);
      const { target, parameters } = find(method, path, query, exchange);
      const proven = authenticator.authenticate(request.rawHeaders);
      const identity = proven instanceof Promise ? await proven : proven;
      exchange.identity = identity;
      admit(request, target.route, parameters, identity);
      const body = target.checkBody && parseJsonBody(await readBody(request, response, limits.bodyLimit));
      target.checkBody?.(body);
      const handled = target.handle(identity, body, parameters, new HttpCall(query, response));
      const value = handled instanceof Promise ? await handled : handled;
      const sending = answer(request, response, target.route.status, value, exchange);
      if (sending !== undefined) await sending;
    } catch (thrown) {
      refuse(request, response, exchange, thrown);
    }
  }

  function find(method: string, path: string, query: string, exchange: Exchange): Match<Endpoint> {
    const match = router.find(method, path);
    if (match === undefined) throw notFound();
    exchange.route = match.target.name;
    if (parseApiVersion(query) < match.target.route.since) throw notFound();
    return match;
  }

  /** Budget and rights of who was proven, in this order, and before the body is read. */
  function admit(request: IncomingMessage, route: Route, parameters: PathParameters, identity: ModuleIdentity): void {
    const { [trustBundleHeader]: hash, "content-encoding": encoding } = request.headers;
    if (typeof hash === "string") onTrustBundle?.(identity, hash);
    budgets.spend(route.budget, identity);
    if (!isAllowed(route.access, identity, parameters)) throw forbidden();
    if (encoding !== undefined) throw new HttpError(415, "bad-request", "A compressed body is not accepted");
  }

  /** @returns a promise where the answer takes its time */
  function answer(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    value: unknown,
    exchange: Exchange,
  ): Promise<void> | undefined {
    discardBody(request);
    const headers = commonHeaders(exchange, request);
    if (value instanceof StreamedAnswer) return sendStream(response, status, value, headers);
    sendJson(response, status, value, headers);
    return undefined;
  }

  function refuse(request: IncomingMessage, response: ServerResponse, exchange: Exchange, thrown: unknown): void {
    if (response.destroyed) return;
    const error = toHttpError(thrown);
    observer.refused(exchange, error);
    discardBody(request);
    sendError(response, error, commonHeaders(exchange, request));
  }

  function commonHeaders({ id }: Exchange, request: IncomingMessage): CommonHeaders {
    const headers = ["x-request-id", id, "cache-control", "no-store"];
    // Whether a client that waits for leave to send its body will send it is not known.
    const unknown = request.headers.expect !== undefined && !request.complete;
    return draining || unknown ? [...headers, "connection", "close"] : headers;
  }

  const server = createTlsServer(certificate, limits, (request, response) => void serve(request, response));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (answerClientError(error, socket)) metrics.rejected.inc({ reason: "bad-request" });
  });

  return {
    listen: async ({ port, host }) => {
      server.listen(port, host);
      await once(server, "listening");
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : port;
    },
    drain: () => {
      draining = true;
    },
    close: (grace) =>
      new Promise((resolve) => {
        draining = true;
        const hangUp = setTimeout(() => server.closeAllConnections(), grace);
        server.close(() => {
          clearTimeout(hangUp);
          resolve();
        });
      }),
  };
}

function splitUrl(url: string): [path: string, query: string] {
  const mark = url.indexOf("?");
  return mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark + 1)];
}

/** Ids that differ between replicas and restarts, and cost nothing to make. */
function requestIds(): () => string {
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  return () => `${prefix}-${++count}`;
}
