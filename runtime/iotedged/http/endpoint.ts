import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { trustBundleHeader } from "#contract";
import { parseApiVersion } from "../api/api-version.ts";
import type { Budgets } from "../api/budgets.ts";
import { type Call, isAllowed, type PathParameters, type Route, schemasOf } from "../api/route.ts";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { badRequest, busy, forbidden, HttpError, notFound } from "../http-error.ts";
import type { Observer } from "./observer.ts";

/** What every request passes before its handler. */
export interface Gate {
  readonly authenticator: Authenticator;
  readonly budgets: Budgets;
  /** Told which trust bundle the proxy of a proven module has, with every request that says so; must be cheap. */
  readonly onTrustBundle?: (identity: ModuleIdentity, hash: string) => void;
  readonly observer: Pick<Observer, "done">;
}

/** Bytes above which a body needs a place of its own. */
const largeBody = 16 * 1024;

export type Handler = (identity: ModuleIdentity, body: unknown, path: PathParameters, call: Call) => unknown;

/** A row of the table as Fastify takes it. No step waits for a promise where the answer is there already. */
export function endpointOf(name: string, route: Route, handle: Handler, gate: Gate): RouteOptions {
  const { status, produces = "" } = route;

  function identify(request: FastifyRequest, _reply: FastifyReply, done: () => void): Promise<void> | undefined {
    request.endpoint = name;
    if (parseApiVersion(request.query as string) < route.since) throw notFound();
    const proven = gate.authenticator.authenticate(request.raw.rawHeaders, request.raw.socket);
    if (proven instanceof Promise) return proven.then((identity) => welcome(request, identity));
    welcome(request, proven);
    done();
    return undefined;
  }

  function welcome(request: FastifyRequest, identity: ModuleIdentity): void {
    request.identity = identity;
    if (!request.visit.prove(identity.objectName)) throw busy("There are as many connections as iotedged has room for");
  }

  /** Budget and rights of who was proven, in this order, and before the body is read. */
  function admit(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const { headers, params, identity } = request;
    const { [trustBundleHeader]: hash, "content-encoding": encoding, "content-length": length = "0", expect } = headers;
    const isChunked = headers["transfer-encoding"] !== undefined;
    const bytes = Number(length);
    if (typeof hash === "string") gate.onTrustBundle?.(identity, hash);
    gate.budgets.spend(route.budget, identity);
    if (!isAllowed(route.access, identity, params as PathParameters))
      throw forbidden(undefined, { rule: `access-${route.access}` });
    if (encoding !== undefined) throw new HttpError(415, "bad-request", "A compressed body is not accepted");
    // Fastify asks the schema about no body, and one that allows anything would take it.
    if (route.body !== undefined && bytes === 0 && !isChunked) throw badRequest("The body is empty");
    if (route.body !== undefined && (isChunked || bytes > largeBody)) expectLargeBody(request);
    if (expect !== undefined && bytes <= request.routeOptions.bodyLimit) reply.raw.writeContinue();
    done();
  }

  function expectLargeBody({ raw, visit }: FastifyRequest): void {
    const isRead = visit.readBody();
    if (isRead === undefined) throw busy("More large bodies are being read than iotedged has room for");
    raw.once("close", isRead);
  }

  function answer(request: FastifyRequest, reply: FastifyReply, value: unknown): void {
    if (route.audited) gate.observer.done(request, route);
    reply.code(status);
    // Bytes are sent as they come, however long nothing comes.
    if (value instanceof Readable) reply.type(produces).send(value).raw.setTimeout(0).flushHeaders();
    else reply.send(status === 204 ? undefined : value);
  }

  return {
    method: route.method,
    url: route.path,
    schema: schemasOf(route),
    onRequest: [identify, admit],
    handler: (request, reply) => {
      // Nobody is there any more, and what would follow the client's end has missed it.
      if (reply.raw.destroyed) return undefined;
      const value = handle(request.identity, request.body, request.params as PathParameters, request);
      return value instanceof Promise
        ? value.then((settled) => answer(request, reply, settled))
        : answer(request, reply, value);
    },
  };
}
