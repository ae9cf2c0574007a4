import type { Server } from "node:https";
import type { TLSSocket, TlsOptions } from "node:tls";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock } from "../../../runtime/base/clock.ts";
import { HubError } from "../hub/errors.ts";
import type { Journal } from "../journal.ts";
import { certificateOf, serverNameOf } from "../mqtt/front.ts";
import type { Answer } from "./answer.ts";
import type { Credentials } from "./authorization.ts";

/** A request to one host, before it is known who calls. */
export interface HttpsRequest {
  /** `METHOD /path` without the query. */
  readonly line: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly ifMatch: string | undefined;
  readonly body: unknown;
  readonly credentials: Credentials;
  /** Says who calls, for the journal. */
  readonly caller: (who: string) => void;
}

export interface HttpsRoute {
  readonly method: string;
  readonly path: string;
  handle(request: HttpsRequest): Answer | Promise<Answer>;
}

/** A host that clients reach by HTTPS. */
export interface HttpsService {
  readonly hostName: string;
  readonly routes: readonly HttpsRoute[];
  /** @returns an answer that a test has ordered, `cut` for none at all */
  readonly fault: (line: string) => HubError | "cut" | undefined;
  readonly errorAnswer: (error: HubError) => Answer;
}

export interface HttpsServerOptions {
  readonly tls: TlsOptions;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly services: readonly HttpsService[];
}

/** Serves closed lists of paths. Whatever else is asked for is answered with 501 and written down. */
export async function createHttpsServer({
  tls,
  clock,
  journal,
  services,
}: HttpsServerOptions): Promise<FastifyInstance<Server>> {
  const app = fastify({
    https: tls,
    exposeHeadRoutes: false,
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 400 },
    forceCloseConnections: true,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, text === "" ? undefined : JSON.parse(String(text)));
    } catch {
      done(new HubError("ArgumentInvalid", "the body is no JSON"));
    }
  });
  app.addHook("onRequest", async (_request, reply) => void reply.header("date", new Date(clock.now()).toUTCString()));

  for (const service of services) {
    const host = new RegExp(`^${service.hostName.replaceAll(".", "\\.")}(:\\d+)?$`, "i");
    for (const { method, path, handle } of service.routes)
      app.route({
        ...{ method, url: path, constraints: { host } },
        handler: (request, reply) => serve(service, handle, request, reply),
      });
  }
  app.setNotFoundHandler((request, reply) => refuseUnknown(request, reply, "no such path"));
  app.setErrorHandler((error, request, reply) => {
    const service = services.find(({ hostName }) => hostName === hostOf(request));
    if (!(error instanceof HubError) || service === undefined) return refuseUnknown(request, reply, String(error));
    return answer(reply, service.errorAnswer(error));
  });
  await app.ready();
  return app;

  async function serve(
    service: HttpsService,
    handle: HttpsRoute["handle"],
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const line = lineOf(request);
    if (serverNameOf(socketOf(request)) !== service.hostName)
      return refuseUnknown(request, reply, "TLS has begun for another host");
    let who = "unknown";
    const record = (outcome: string) =>
      journal.record({ host: service.hostName, channel: "https", who, what: line, outcome });
    const fault = service.fault(line);
    if (fault === "cut") {
      record("cut by a test");
      reply.hijack();
      request.raw.socket.destroy();
      return reply;
    }
    const { authorization, "if-match": ifMatch } = request.headers;
    const made: HttpsRequest = {
      ...{ line, ifMatch, body: request.body },
      params: request.params as Record<string, string>,
      query: request.query as Record<string, string>,
      credentials: { authorization, certificate: certificateOf(socketOf(request)) },
      caller: (name) => {
        who = name;
      },
    };
    const result = await Promise.resolve()
      .then(() => {
        if (fault !== undefined) throw fault;
        return handle(made);
      })
      .catch((error: unknown) => {
        if (!(error instanceof HubError)) throw error;
        if (error.name === "NotServed")
          journal.violation({ host: service.hostName, channel: "https", who, what: line, why: error.message });
        return service.errorAnswer(error);
      });
    record(String(result.status));
    return answer(reply, result);
  }

  function refuseUnknown(request: FastifyRequest, reply: FastifyReply, why: string): FastifyReply {
    journal.violation({ host: hostOf(request), channel: "https", who: "unknown", what: lineOf(request), why });
    return reply.code(501).send({ Message: `the fake does not serve this: ${why}` });
  }
}

function answer(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  reply.code(status).headers(headers);
  return body === undefined ? reply.send() : reply.type("application/json; charset=utf-8").send(JSON.stringify(body));
}

const socketOf = (request: FastifyRequest) => request.raw.socket as TLSSocket;
const lineOf = ({ method, url }: FastifyRequest) => `${method} ${url.split("?")[0]}`;
const hostOf = ({ headers }: FastifyRequest) => (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
