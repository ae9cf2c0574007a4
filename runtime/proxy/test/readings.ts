import { connect } from "node:net";
import Type from "typebox";
import { identityOf, startTestApi } from "../../../test/fakes/iotedged-api.ts";
import type { PathParameters, RouteTable } from "../../iotedged/api/route.ts";
import type { ModuleIdentity } from "../../iotedged/authentication/module-identity.ts";
import { startProxy } from "./proxy.ts";

/** A request as the proxy read it, by its log. */
export interface ProxyReading {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Why the proxy refused it itself; empty where iotedged was asked. */
  readonly proxyError: string;
}

/** A request as a route of iotedged got it. */
export interface IotedgedReading {
  /** The proxy's id of it. */
  readonly requestId: string;
  readonly route: "read" | "write";
  /** Percent-decoded. */
  readonly name: string;
  readonly genid: string;
  readonly body: unknown;
}

/** The real proxy before iotedged's real API, and what both read. */
export interface Readings extends AsyncDisposable {
  /** Header fields that reached iotedged, name and value in turn, of each request that a route was found for. */
  readonly headers: readonly (readonly string[])[];
  /**
   * Sends each on a connection of its own, and resolves when both sides have told of all.
   *
   * @param sound those that are answered in any case, and that the proxy hangs up after; none by default
   */
  of(
    requests: readonly string[],
    sound?: ReadonlySet<string>,
  ): Promise<{ readonly proxy: readonly ProxyReading[]; readonly iotedged: readonly IotedgedReading[] }>;
}

/** The token that the proxy has. */
export const token = "a.b.c";
/** Of every request that is meant to be served. */
export const query = "api-version=2018-06-28";

const common = {
  summary: "",
  since: "2018-06-28",
  access: "installation",
  budget: "requests",
  path: "/modules/:name/genid/:genid/things",
  status: 200,
  response: Type.Object({}),
} as const;
const routes = {
  "test.read": { ...common, method: "GET" },
  "test.write": { ...common, method: "POST", body: Type.Unknown() },
} as const satisfies RouteTable;
const connections = 16;
/** Milliseconds without an answer after which the proxy, most likely, waits for more than it was sent. */
const silence = 400;
/** The same where it is sure not to: a limit against hanging alone. */
const patience = 60_000;

export async function startReadings(build: string): Promise<Readings> {
  const headers: (readonly string[])[] = [];
  const handled: IotedgedReading[] = [];
  const handle = (route: IotedgedReading["route"], identity: ModuleIdentity, body: unknown, at: PathParameters) => {
    const { name = "", genid = "" } = at;
    handled.push({ requestId: identity.podName, route, name, genid, body });
    return {};
  };
  const api = await startTestApi({
    routes,
    handlers: {
      "test.read": (identity, body, at) => handle("read", identity, body, at),
      "test.write": (identity, body, at) => handle("write", identity, body, at),
    },
    authenticator: {
      authenticate(rawHeaders) {
        headers.push(rawHeaders);
        // The one thing of a request that comes with it to its handler.
        return { ...identityOf("sensor"), podName: valuesOf("x-request-id", rawHeaders).join() };
      },
    },
  });
  const proxy = await startProxy(build, {
    ...{ upstreamPort: api.port, bundle: api.ca.certificatePem, token },
    environment: { PROXY_LOG_LEVEL: "debug" },
  });
  await proxy.until("ready", async () => (await proxy.observe("/readyz")).status === 200);
  const port = proxy.layout.workloadPort;
  let batches = 0;
  let logged = 0;

  const readProxy = (): ProxyReading[] =>
    proxy
      .log()
      .slice(logged)
      .split("\n")
      .filter((line) => line.includes('"msg":"request"') && line.endsWith("}"))
      .map((line) => JSON.parse(line));

  return {
    headers,
    async of(requests, sound = new Set()) {
      headers.length = 0;
      handled.length = 0;
      logged = proxy.log().length;
      const waiting = [...requests];
      const work = async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          await exchange(port, next, sound.has(next) ? patience : silence);
        }
      };
      await Promise.all(Array.from({ length: connections }, work));
      const mark = `/batch-${++batches}`;
      await exchange(port, `GET ${mark} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, patience);
      await proxy.until("everything is logged", () => {
        const read = new Map(readProxy().map((reading) => [reading.requestId, reading]));
        const isMarked = [...read.values()].some(({ path }) => path === mark);
        return isMarked && handled.every(({ requestId }) => read.has(requestId));
      });
      return { proxy: readProxy().filter(({ path }) => path !== mark), iotedged: [...handled] };
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await api.close();
    },
  };
}

/** Values of a header field, in their order. */
export function valuesOf(name: string, rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/** Sends bytes as they are; hangs up when the server does, or has nothing to say for so many milliseconds. */
function exchange(port: number, bytes: string, longestSilence: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from(bytes, "latin1")));
    socket.setTimeout(longestSilence, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
  });
}
