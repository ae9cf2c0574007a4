import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { trustBundleHeader } from "#contract";
import { parseApiVersion } from "../api/api-version.ts";
import type { Budgets } from "../api/budgets.ts";
import { type Call, isAllowed, type PathParameters, type Route, schemasOf } from "../api/route.ts";
import { StreamedAnswer } from "../api/streamed-answer.ts";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import type { Visit } from "../connections/admission.ts";
import { badRequest, busy, forbidden, HttpError, notFound } from "../http-error.ts";

/** What every request passes before its handler. */
export interface Gate {
  readonly authenticator: Authenticator;
  readonly budgets: Budgets;
  /** The connection of a request. */
  readonly visitOf: (socket: Socket) => Visit;
  /** Told which trust bundle the proxy of a proven module has, with every request that says so; must be cheap. */
  readonly onTrustBundle?: (identity: ModuleIdentity, hash: string) => void;
  /** Told of each audited call that is served. */
  readonly onDone?: (request: FastifyRequest, route: Route) => void;
}

/** Bytes above which a body needs a place of its own. */
const largeBody = 16 * 1024;

export type Handler = (identity: ModuleIdentity, body: unknown, path: PathParameters, call: Call) => unknown;

/** A row of the table as Fastify takes it. No step waits for a promise where the answer is there already. */
export function endpointOf(name: string, route: Route, handle: Handler, gate: Gate): RouteOptions {
  const { status } = route;

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
    const mayStay = gate.visitOf(request.raw.socket).prove(identity.objectName);
    if (!mayStay) throw busy("There are as many connections as iotedged has room for");
  }

  /** Budget and rights of who was proven, in this order, and before the body is read. */
  function admit(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const { headers, params, identity } = request;
    const { [trustBundleHeader]: hash, "content-encoding": encoding, "content-length": length = 0, expect } = headers;
    const isChunked = headers["transfer-encoding"] !== undefined;
    const isEmpty = Number(length) === 0 && !isChunked;
    if (typeof hash === "string") gate.onTrustBundle?.(identity, hash);
    gate.budgets.spend(route.budget, identity);
    if (!isAllowed(route.access, identity, params as PathParameters))
      throw forbidden(undefined, { rule: `access-${route.access}` });
    if (encoding !== undefined) throw new HttpError(415, "bad-request", "A compressed body is not accepted");
    // Fastify asks the schema about no body, and one that allows anything would take it.
    if (route.body !== undefined && isEmpty) throw badRequest("The body is empty");
    if (route.body !== undefined && (isChunked || Number(length) > largeBody)) expectLargeBody(request);
    if (expect !== undefined && Number(length) <= request.routeOptions.bodyLimit) reply.raw.writeContinue();
    done();
  }

  function expectLargeBody({ raw }: FastifyRequest): void {
    const isRead = gate.visitOf(raw.socket).readBody();
    if (isRead === undefined) throw busy("More large bodies are being read than iotedged has room for");
    raw.once("close", isRead);
  }

  function answer(request: FastifyRequest, reply: FastifyReply, value: unknown): void {
    if (route.audited) gate.onDone?.(request, route);
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
      return value instanceof Promise
        ? value.then((settled) => answer(request, reply, settled))
        : answer(request, reply, value);
    },
  };
}

/** Sends bytes as they come, however long nothing comes. */
function sendStream(reply: FastifyReply, { mediaType, chunks }: StreamedAnswer): void {
  reply.raw.setTimeout(0);
  reply.type(mediaType).send(Readable.from(chunks));
  reply.raw.flushHeaders();
}
