import type { SocketConstructorOpts } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "node:tls";
import { trusted } from "../https/hub-agent.ts";
import { hubPorts } from "../hub-ports.ts";
import { proxyFor, type WebProxy } from "../web-proxy.ts";

/** The way of MQTT to a hub. */
export interface StreamOptions {
  /** Host name of the hub: by it the hub's certificate is judged. */
  readonly host: string;
  /** Where TCP connects to, when it is not {@link host}. */
  readonly address?: string;
  /** Default: that of the protocol, 8883 or 443 */
  readonly port?: number;
  /** PEM of CAs, one each, that are trusted beside those of Node.js and of `NODE_EXTRA_CA_CERTS`. */
  readonly trustedCas?: readonly string[];
  /** Whether MQTT goes through a WebSocket, as networks need that let HTTPS out alone. */
  readonly webSocket?: boolean;
  /** By which WebSockets go; MQTT without them knows no proxy. */
  readonly proxy?: WebProxy | undefined;
}

const webSocketPath = "/$iothub/websocket";

export function portOf({ port, webSocket = false }: StreamOptions): number {
  return port ?? (webSocket ? hubPorts.https : hubPorts.mqtt);
}

/**
 * What makes a connection to the hub. Its errors come as those of the stream.
 *
 * @param limits.timeout milliseconds until a WebSocket has to be open
 * @param limits.mostBytes of one message of a WebSocket
 */
export async function streamTo(
  options: StreamOptions,
  limits: { readonly timeout: number; readonly mostBytes: number },
): Promise<() => Duplex> {
  const { host, address = host, trustedCas = [] } = options;
  const port = portOf(options);
  const ca = trusted(trustedCas);
  if (!options.webSocket) return () => connect({ host: address, port, servername: host, ca });
  const { WebSocket, createWebSocketStream } = await import("ws");
  const proxy = proxyFor(host, options.proxy);
  const makeAgent = proxy === undefined ? () => undefined : await proxyAgents(proxy, ca);
  return () => {
    const over = new AbortController();
    const agent = makeAgent(over.signal);
    const socket = new WebSocket(`wss://${address}:${port}${webSocketPath}`, "mqtt", {
      ...{ agent, ca, servername: host, headers: { host } },
      ...{ handshakeTimeout: limits.timeout, maxPayload: limits.mostBytes, perMessageDeflate: false },
    });
    const stream = createWebSocketStream(socket);
    // Cut off by the other side, the stream would wait for somebody to read its end.
    socket.on("close", () => stream.destroy());
    stream.on("close", () => over.abort());
    return stream;
  };
}

/**
 * A proxy may accept a connection and not answer, or without end: the library waits for it as long as it goes on.
 *
 * @returns makes an agent whose connection to the proxy ends with the signal
 */
async function proxyAgents(proxy: string, ca: string[]) {
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return (signal: AbortSignal) => {
    const terms: ConnectionOptions & SocketConstructorOpts = { ca, signal };
    return new HttpsProxyAgent(proxy, terms as { ca: string[] });
  };
}
