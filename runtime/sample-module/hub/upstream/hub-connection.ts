import type { Duplex } from "node:stream";
import mqtt, { type Packet } from "mqtt-packet";
import type { Clock } from "../../clock.ts";

/** Who connects. */
export interface Login {
  readonly clientId: string;
  readonly userName: string;
  /** A SAS token. */
  readonly password: string;
}

/** Why a connection has ended. */
export type HubClosed =
  /** IoT Hub does not let this identity in with this token: CONNACK 4 or 5. */
  { readonly kind: "refused"; readonly why: string } | { readonly kind: "lost"; readonly why: string };

export interface HubConnectionEvents {
  /** IoT Hub has let the client in. */
  up(): void;
  message(topic: string, payload: Buffer): void;
  /** Once, unless this side has ended it. */
  closed(reason: HubClosed): void;
}

/** One connection to IoT Hub by MQTT 3.1.1. */
export interface HubConnection {
  /** With QoS 0. */
  subscribe(filters: readonly string[]): void;
  unsubscribe(filters: readonly string[]): void;
  /** With QoS 0. */
  publish(topic: string, payload: Uint8Array): void;
  /** With QoS 1; `acknowledged` is called on PUBACK. */
  publishSafely(topic: string, payload: Uint8Array, acknowledged: () => void): void;
  /** Says DISCONNECT; no event follows. */
  end(): void;
}

const keepAliveSeconds = 60;
const connectTimeout = 30_000;
const answerTimeout = 15_000;
/** A hub that answers pings, and acknowledges nothing. */
const acknowledgeTimeout = 60_000;
/** More than the largest packet of IoT Hub: a message of 256 KB. */
const mostPacketBytes = 300 * 1024;
const refusals: readonly number[] = [4, 5];

/** @param open makes the connection's TLS; what it yields may still be connecting */
export function openHubConnection(
  open: () => Duplex,
  login: Login,
  clock: Clock,
  events: HubConnectionEvents,
): HubConnection {
  return new MqttConnection(open(), login, clock, events);
}

class MqttConnection implements HubConnection {
  #stream: Duplex;
  #clock: Clock;
  #events: HubConnectionEvents;
  #acknowledgements = new Map<number, () => void>();
  #messageId = 0;
  #over = false;
  #up = false;
  #cancelConnect: () => void;
  #cancelPing = () => {};
  #cancelSilence = () => {};
  #cancelAcknowledgement = () => {};

  constructor(stream: Duplex, { clientId, userName, password }: Login, clock: Clock, events: HubConnectionEvents) {
    this.#stream = stream;
    this.#clock = clock;
    this.#events = events;
    const parser = mqtt.parser({ protocolVersion: 4 });
    parser.on("packet", (packet: Packet) => this.#receive(packet));
    parser.on("error", (error: Error) => this.#lose(`IoT Hub sent no MQTT: ${error.message}`));
    stream.on("data", (data: Buffer) => {
      if (this.#over) return;
      if (parser.parse(data) > mostPacketBytes) this.#lose("IoT Hub sent too large a packet");
    });
    stream.on("error", (error: Error) => this.#lose(error.message));
    stream.on("close", () => this.#lose("IoT Hub ended the connection"));
    this.#cancelConnect = clock.after(connectTimeout, () => this.#lose("IoT Hub did not answer in time"));
    this.#send({
      ...{ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: keepAliveSeconds },
      ...{ clientId, username: userName, password: Buffer.from(password) },
    });
  }

  subscribe(filters: readonly string[]): void {
    if (filters.length === 0) return;
    const subscriptions = filters.map((topic) => ({ topic, qos: 0 as const }));
    this.#send({ cmd: "subscribe", messageId: this.#nextMessageId(), subscriptions });
  }

  unsubscribe(filters: readonly string[]): void {
    if (filters.length === 0) return;
    this.#send({ cmd: "unsubscribe", messageId: this.#nextMessageId(), unsubscriptions: [...filters] });
  }

  publish(topic: string, payload: Uint8Array): void {
    this.#send({ cmd: "publish", topic, payload: Buffer.from(payload), qos: 0, retain: false, dup: false });
  }

  publishSafely(topic: string, payload: Uint8Array, acknowledged: () => void): void {
    const messageId = this.#nextMessageId();
    this.#acknowledgements.set(messageId, acknowledged);
    if (this.#acknowledgements.size === 1) this.#watchAcknowledgements();
    this.#send({ cmd: "publish", topic, payload: Buffer.from(payload), qos: 1, messageId, retain: false, dup: false });
  }

  end(): void {
    if (this.#over) return;
    this.#send({ cmd: "disconnect" });
    this.#finish();
    this.#stream.end(() => this.#stream.destroy());
  }

  #receive(packet: Packet): void {
    if (this.#over) return;
    this.#cancelSilence();
    if (!this.#up) this.#welcome(packet);
    else if (packet.cmd === "publish") this.#take(packet);
    else if (packet.cmd === "puback") this.#acknowledged(packet.messageId ?? 0);
    else if (packet.cmd === "suback" && packet.granted.includes(128)) this.#lose("IoT Hub refused a subscription");
  }

  #welcome(packet: Packet): void {
    if (packet.cmd !== "connack") {
      this.#lose(`IoT Hub sent ${packet.cmd} before CONNACK`);
      return;
    }
    const { returnCode = -1 } = packet;
    if (returnCode !== 0) {
      this.#lose(`IoT Hub answered CONNACK ${returnCode}`, refusals.includes(returnCode) ? "refused" : "lost");
      return;
    }
    this.#up = true;
    this.#cancelConnect();
    this.#pingLater();
    this.#events.up();
  }

  #take({ topic, payload, qos, messageId = 0 }: Packet & { cmd: "publish" }): void {
    if (qos === 1) this.#send({ cmd: "puback", messageId });
    this.#events.message(topic, Buffer.from(payload));
  }

  #acknowledged(messageId: number): void {
    const acknowledged = this.#acknowledgements.get(messageId);
    this.#acknowledgements.delete(messageId);
    this.#cancelAcknowledgement();
    if (this.#acknowledgements.size > 0) this.#watchAcknowledgements();
    acknowledged?.();
  }

  #watchAcknowledgements(): void {
    this.#cancelAcknowledgement();
    const late = () => this.#lose("IoT Hub does not acknowledge messages");
    this.#cancelAcknowledgement = this.#clock.after(acknowledgeTimeout, late);
  }

  #pingLater(): void {
    this.#cancelPing = this.#clock.after(keepAliveSeconds * 1000, () => {
      this.#cancelSilence = this.#clock.after(answerTimeout, () => this.#lose("IoT Hub does not answer pings"));
      this.#send({ cmd: "pingreq" });
      this.#pingLater();
    });
  }

  #send(packet: Packet): void {
    if (!this.#over && this.#stream.writable) this.#stream.write(mqtt.generate(packet));
  }

  #lose(why: string, kind: HubClosed["kind"] = "lost"): void {
    if (this.#over) return;
    this.#finish();
    this.#stream.destroy();
    this.#events.closed({ kind, why });
  }

  #finish(): void {
    this.#over = true;
    for (const cancel of [this.#cancelConnect, this.#cancelPing, this.#cancelSilence, this.#cancelAcknowledgement])
      cancel();
    this.#acknowledgements.clear();
  }

  /** One that no message on its way has. */
  #nextMessageId(): number {
    do this.#messageId = (this.#messageId % 65_535) + 1;
    while (this.#acknowledgements.has(this.#messageId));
    return this.#messageId;
  }
}
