import type { Duplex } from "node:stream";
import type { MqttClient } from "mqtt";
import { cutText, type EdgeError } from "#base";
import { mqttErrors } from "./errors.ts";
import { portOf, type StreamOptions, streamTo } from "./stream.ts";

/** Where IoT Hub is, and who connects. */
export interface LinkOptions extends StreamOptions {
  /** `{device}/{module}` */
  readonly clientId: string;
  readonly username: string;
  /** A SAS token. */
  readonly password: string;
}

/** One connection of MQTT 3.1.1, from CONNACK to its end. */
export interface Link {
  /** Resolves when the hub has granted all of them. */
  subscribe(filters: readonly string[]): Promise<void>;
  /** With QoS 0: what has to arrive has an answer of its own. */
  publish(topic: string, payload: string): void;
  /** Is told each message; set before anything is subscribed to. */
  onMessage: (topic: string, payload: Buffer) => void;
  /** Resolves once the connection is over, with the reason as far as it is known. */
  readonly ended: Promise<string>;
  /** Says DISCONNECT and closes. */
  end(): Promise<void>;
}

export type OpenLink = (options: LinkOptions, signal: AbortSignal) => Promise<Link>;

/** Seconds between signs of life. Load balancers cut what is silent for 4 minutes; IoT Hub after 1.5 times as long. */
const keepAlive = 180;
const connectTimeout = 30_000;
/** Milliseconds for DISCONNECT to get out, before the connection is cut. */
const endTimeout = 2000;
/** Longest packet: an answer with a whole twin, or a method's payload of 128 KB. */
const mostPacketBytes = 256 * 1024;
/** Bytes of a reason, which may have words of the other side. */
const mostReason = 300;

/**
 * Connects by TLS, or by a WebSocket over it.
 *
 * @param signal ends the attempt
 * @throws EDGE_HUB_CONNECTION_FAILED, EDGE_HUB_CONNECTION_UNAUTHORIZED, EDGE_HUB_CONNECTION_REFUSED
 */
export const openLink: OpenLink = async (options, signal) => {
  // Only connected installations pay for it.
  const { MqttClient } = await import("mqtt");
  const { host, clientId, username, password } = options;
  const open = await streamTo(options, { timeout: connectTimeout, mostBytes: mostPacketBytes });
  signal.throwIfAborted();
  const client = new MqttClient((self) => bounded(open(), self), {
    ...{ clientId, username, password: Buffer.from(password), protocolVersion: 4, keepalive: keepAlive },
    // As Microsoft's SDKs; what is subscribed to is said anew each time all the same.
    ...{ clean: false, reconnectPeriod: 0, connectTimeout, queueQoSZero: false, resubscribe: false },
    // The cache has a buffer for every number of two bytes: 7 MB, for what is sent once in a while.
    writeCache: false,
  });
  const link = linkOf(client, host);
  const opened = Promise.withResolvers<void>();
  client.on("connect", () => opened.resolve());
  client.on("error", (error) => opened.reject(refusal(options, error)));
  void link.ended.then((reason) => opened.reject(unreachable(options, reason)));
  const abort = () => opened.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await opened.promise;
    return link;
  } catch (error) {
    client.end(true);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
};

function linkOf(client: MqttClient, host: string): Link {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let reason = "the other side closed it";
  let listener: Link["onMessage"] = () => {};
  client.on("error", ({ message }) => {
    reason = message;
  });
  // What has no code the client keeps for itself.
  client.stream.on("error", ({ message }) => {
    reason = message;
  });
  client.on("close", () => resolve(reason));
  client.on("message", (topic, payload) => listener(topic, payload));
  return {
    ended,
    get onMessage() {
      return listener;
    },
    set onMessage(value) {
      listener = value;
    },
    async subscribe(filters) {
      const granted = await Promise.race([
        client.subscribeAsync([...filters], { qos: 0 }),
        ended.then((why) => Promise.reject(mqttErrors.EDGE_HUB_CONNECTION_LOST({ host, reason: why }))),
      ]);
      const refused = granted.find(({ qos }) => qos > 2);
      if (refused !== undefined)
        throw mqttErrors.EDGE_HUB_CONNECTION_LOST({ host, reason: `no subscription to ${refused.topic}` });
    },
    publish: (topic, payload) => void client.publish(topic, payload, { qos: 0 }, () => {}),
    async end() {
      reason = "it was ended here";
      client.end();
      const cut = setTimeout(() => client.end(true, () => client.stream.destroy()), endTimeout);
      await ended;
      clearTimeout(cut);
    },
  };
}

/** The connection, which is closed when a packet does not come to its end. */
function bounded(stream: Duplex, client: MqttClient): Duplex {
  let pending = 0;
  client.on("packetreceive", () => {
    pending = 0;
  });
  stream.on("data", ({ length }: Buffer) => {
    pending += length;
    if (pending > mostPacketBytes) stream.destroy(new Error(`a packet of over ${mostPacketBytes} bytes`));
  });
  return stream;
}

function refusal(options: LinkOptions, error: Error & { readonly code?: unknown }): EdgeError {
  const { host, clientId: client } = options;
  const { code, message } = error;
  if (typeof code !== "number") return unreachable(options, message || String(code), error);
  if (code === 4 || code === 5)
    return mqttErrors.EDGE_HUB_CONNECTION_UNAUTHORIZED({ host, client, code }, { cause: error });
  return mqttErrors.EDGE_HUB_CONNECTION_REFUSED({ host, client, code }, { cause: error });
}

function unreachable(options: LinkOptions, why: string, cause?: Error): EdgeError {
  const reason = cutText(why, mostReason);
  return mqttErrors.EDGE_HUB_CONNECTION_FAILED({ host: options.host, port: portOf(options), reason }, { cause });
}
