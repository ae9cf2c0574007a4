import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { type Clock, EdgeError, type Timer } from "#base";
import type { Scrubber } from "#contract";
import { toSvg } from "../../rbac/index.ts";
import { failureOf } from "../../terminal/index.ts";
import { sourceHash } from "../../web-page/index.ts";
import { consoleErrors } from "../errors.ts";
import { type Topic, Topics } from "../live/topics.ts";
import type { World } from "../live/world.ts";
import { documentOf, entrance, problemBox, refusal } from "../view/layout.ts";
import { consoleLook } from "../view/look.ts";
import type { Page } from "../view/page.ts";
import { type Access, addressOf, hasCookie, hasToken, isOwnHost, setCookie } from "./access.ts";
import { Strangers } from "./connections.ts";
import { type EventStream, EventStreams } from "./event-streams.ts";
import { pictureHeaders, securityHeaders } from "./headers.ts";
import { createLogText } from "./log-events.ts";
import { createPages, requireModule } from "./pages.ts";

export interface ConsoleOptions {
  readonly world: World;
  readonly access: Access;
  /** 0: any that is free. */
  readonly port: number;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly scrubber: Pick<Scrubber, "text">;
}

export interface ConsoleServer {
  /** The address to open. */
  readonly address: string;
  readonly port: number;
  /** How many pages follow something. */
  readonly streams: () => number;
  close(): Promise<void>;
}

const loopback = "127.0.0.1";
const maxConnections = 64;
/** Of them, those that have shown no cookie yet. */
const maxStrangers = 32;
const maxStreams = 24;
const requestTimeout = 10_000;
/** Who opens a connection says at once what for. Looked at every second. */
const waiting = { headersTimeout: 3_000, connectionsCheckingInterval: 1_000 };
const htmlType = "text/html; charset=utf-8";
const assets = join(import.meta.dirname, "../page");

/**
 * Serves the console on this machine alone.
 *
 * @throws EDGE_CONSOLE_PORT
 */
export async function startConsole(options: ConsoleOptions): Promise<ConsoleServer> {
  const { access, port, clock } = options;
  const server = fastify({
    http: waiting,
    requestTimeout,
    bodyLimit: 1024,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2048 },
  });
  server.server.maxConnections = maxConnections;
  const streams = new EventStreams(maxStreams, clock);
  const strangers = new Strangers(maxStrangers);
  server.server.on("connection", (socket) => strangers.add(socket));
  guard(server, access, strangers);
  await addRoutes(server, options, streams);
  const failed = (cause: NodeJS.ErrnoException) =>
    consoleErrors.EDGE_CONSOLE_PORT({ port, problem: cause.code ?? cause.message }, { cause });
  await server.listen({ host: loopback, port }).catch((cause) => {
    throw failed(cause);
  });
  const own = (server.server.address() as AddressInfo).port;
  return {
    address: addressOf(access, own),
    port: own,
    streams: () => streams.size,
    close: async () => {
      streams.endAll();
      await server.close();
    },
  };
}

/** Before anything else is looked at: by which name one came, what is asked for, and whether one may. */
function guard(server: FastifyInstance, access: Access, strangers: Strangers): void {
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders);
    const { port } = server.server.address() as AddressInfo;
    const isOwn = isOwnHost(request.headers.host, port);
    const { token } = request.query as { token?: unknown };
    const comesIn = request.url.startsWith(`${access.path}/?token=`) && hasToken(access, String(token));
    const isIn = hasCookie(access, request.headers.cookie);
    if (isOwn && (comesIn || isIn)) strangers.letIn(request.raw.socket);
    else reply.header("connection", "close");
    if (!isOwn) return reply.code(421).type("text/plain").send(`This is ${loopback}:${port}, and no other name.\n`);
    // Browsers ask for it by themselves, without a cookie.
    if (request.url === "/favicon.ico") return reply.code(204).send();
    if (comesIn) return reply.header("set-cookie", setCookie(access)).type(htmlType).send(entrance(access.path));
    if (isIn) return;
    const text = "Open the address that edgectl console has printed: it has a token that this one lacks.";
    return reply.code(401).type(htmlType).send(refusal("Not let in", text));
  });
  server.setNotFoundHandler((_, reply) => {
    reply.code(404).type(htmlType).send(refusal("Not found", "There is no such page in the console."));
  });
  server.setErrorHandler((error, _, reply) => {
    const isUnknown = error instanceof EdgeError && error.code === "EDGE_CONSOLE_NO_SUCH_PAGE";
    const { statusCode = 500 } = error as { statusCode?: number };
    const { message, remedy } = failureOf(error);
    const code = isUnknown ? 404 : statusCode;
    reply
      .code(code)
      .type(htmlType)
      .send(refusal(isUnknown ? "Not found" : "Failed", `${message}. ${remedy}`));
  });
}

async function addRoutes(server: FastifyInstance, options: ConsoleOptions, streams: EventStreams): Promise<void> {
  const { world, access, timer, scrubber } = options;
  const base = access.path;
  const pageOf = createPages(world, base);
  const topics = new Topics(timer);
  const [script, icon] = await Promise.all(["live.js", "icon.svg"].map((file) => readFile(join(assets, file), "utf8")));
  server.get(`${base}/live.js`, (_, reply) => reply.type("text/javascript; charset=utf-8").send(script));
  server.get(`${base}/icon.svg`, (_, reply) => reply.type("image/svg+xml").send(icon));
  server.get(`${base}/console.css`, (_, reply) => reply.type("text/css; charset=utf-8").send(consoleLook));
  server.get(`${base}/permissions.svg`, async (_, reply) => {
    const picture = toSvg(await world.permissions());
    const style = /<style>([\s\S]*?)<\/style>/.exec(picture)?.[1] ?? "";
    return reply
      .headers(pictureHeaders(sourceHash(style)))
      .type("image/svg+xml")
      .send(picture);
  });
  server.get(`${base}/live`, async (request, reply) => {
    const { page: path } = request.query as { page?: unknown };
    const key = typeof path === "string" ? path : "";
    const page = await pageOf(key);
    const stream = openStream(streams, reply);
    if (stream === undefined || stream.signal.aborted) return;
    const stop = topics.watch(key, topicOf(page), (text) => void stream.send("page", text));
    stream.signal.addEventListener("abort", stop, { once: true });
  });
  server.get(`${base}/log`, async (request, reply) => {
    const { namespace, module } = request.query as { namespace?: unknown; module?: unknown };
    await requireModule(world, String(namespace), String(module));
    const stream = openStream(streams, reply);
    if (stream !== undefined) await followLog(world, String(namespace), String(module), scrubber, stream);
  });
  server.get(`${base}/*`, async (request, reply) => {
    const path = request.url.slice(base.length + 1).split("?", 1)[0] ?? "";
    const page = await pageOf(path);
    const content = await page.render().catch(problemBox);
    return reply.type(htmlType).send(documentOf(page, path, content, { base, context: world.context }));
  });
}

function topicOf(page: Page): Topic {
  const { interval } = page;
  return { interval, read: async () => (await page.render().catch(problemBox)).text };
}

/** Takes the answer over; where there are too many already, says so and gives nothing. */
function openStream(streams: EventStreams, reply: FastifyReply): EventStream | undefined {
  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
  const stream = streams.open(reply.raw, headers);
  if (stream === undefined) void reply.code(503).type("text/plain").send("Too many pages follow something.\n");
  else reply.hijack();
  return stream;
}

async function followLog(
  world: World,
  namespace: string,
  module: string,
  scrubber: Pick<Scrubber, "text">,
  stream: EventStream,
): Promise<void> {
  const toText = createLogText(scrubber);
  const write = async (chunk: Uint8Array) => {
    const text = toText(chunk);
    if (text !== "") await stream.send("lines", text);
  };
  try {
    await world.followLog(namespace, module, write, stream.signal);
    await stream.send("over", "The log is over: the container has ended");
  } catch (error) {
    const { message, remedy } = failureOf(error);
    await stream.send("over", `${message}. ${remedy}`);
  }
  stream.end();
}
