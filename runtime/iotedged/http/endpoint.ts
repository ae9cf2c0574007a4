import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { trustBundleHeader } from "#contract";
import { parseApiVersion } from "../api/api-version.ts";
import type { Budgets } from "../api/budgets.ts";
import { type Call, isAllowed, type PathParameters, type Route, schemasOf } from "../api/route.ts";
import { StreamedAnswer } from "../api/streamed-answer.ts";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { badRequest, forbidden, HttpError, notFound } from "../http-error.ts";

/** What every request passes before its handler. */
export interface Gate {
  readonly authenticator: Authenticator;
  readonly budgets: Budgets;
  /** Told which trust bundle the proxy of a proven module has, with every request that says so; must be cheap. */
  readonly onTrustBundle?: (identity: ModuleIdentity, hash: string) => void;
}

export type Handler = (identity: ModuleIdentity, body: unknown, path: PathParameters, call: Call) => unknown;

/** A row of the table as Fastify takes it. No step waits for a promise where the answer is there already. */
export function endpointOf(name: string, route: Route, handle: Handler, gate: Gate): RouteOptions {
  const { status } = route;

  function identify(request: FastifyRequest, _reply: FastifyReply, done: () => void): Promise<void> | undefined {
    request.endpoint = name;
    if (parseApiVersion(request.query as string) < route.since) throw notFound();
    const proven = gate.authenticator.authenticate(request.raw.rawHeaders);
    if (proven instanceof Promise) return proven.then((identity) => void Object.assign(request, { identity }));
    request.identity = proven;
    done();
    return undefined;
  }

  /** Budget and rights of who was proven, in this order, and before the body is read. */
  function admit(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const { headers, params, identity } = request;
    const { [trustBundleHeader]: hash, "content-encoding": encoding, "content-length": length = 0, expect } = headers;
    const isEmpty = Number(length) === 0 && headers["transfer-encoding"] === undefined;
    if (typeof hash === "string") gate.onTrustBundle?.(identity, hash);
    gate.budgets.spend(route.budget, identity);
    if (!isAllowed(route.access, identity, params as PathParameters)) throw forbidden();
    if (encoding !== undefined) throw new HttpError(415, "bad-request", "A compressed body is not accepted");
    // Fastify asks the schema about no body, and one that allows anything would take it.
    if (route.body !== undefined && isEmpty) throw badRequest("The body is empty");
    if (expect !== undefined && Number(length) <= request.routeOptions.bodyLimit) reply.raw.writeContinue();
    done();
  }

  function answer(reply: FastifyReply, value: unknown): void {
    reply.code(status);
    if (value instanceof StreamedAnswer) sendStream(reply, value);
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
      return value instanceof Promise ? value.then((settled) => answer(reply, settled)) : answer(reply, value);
    },
  };
}

/** Sends bytes as they come, however long nothing comes. */
function sendStream(reply: FastifyReply, { mediaType, chunks }: StreamedAnswer): void {
  reply.raw.setTimeout(0);
  reply.type(mediaType).send(Readable.from(chunks));
  reply.raw.flushHeaders();
}
