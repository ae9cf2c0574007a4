import type { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import mqtt, { type IConnectPacket, type IPublishPacket, type ISubscribePacket, type Packet } from "mqtt-packet";
import type { Admission, MqttService, PublishProblem, Refusal, Session } from "./service.ts";

/** The longest keep alive of IoT Hub, in seconds; none counts as this. */
const longestKeepAlive = 1177;
const connectTimeout = 30_000;
const mostPacketBytes = 300 * 1024;
/** A timer of Node cannot be longer than this. */
const maxTimer = 2 ** 31 - 1;

export interface Peer {
  readonly stream: Duplex;
  readonly certificate: X509Certificate | undefined;
}

/** One connection: what MQTT 3.1.1 says of it, as IoT Hub restricts it. */
export class MqttClient {
  #service: MqttService;
  #stream: Duplex;
  #certificate: X509Certificate | undefined;
  #session: Session | undefined;
  #who = "unknown";
  #granted = new Map<string, 0 | 1>();
  #keepAlive = connectTimeout;
  #cancelSilence = () => {};
  #cancelExpiry = () => {};
  #messageId = 0;
  #received = 0;
  #over = false;

  constructor(service: MqttService, { stream, certificate }: Peer) {
    this.#service = service;
    this.#stream = stream;
    this.#certificate = certificate;
    const parser = mqtt.parser({ protocolVersion: 4 });
    parser.on("packet", (packet: Packet) => (this.#received++ === 0 ? this.#first(packet) : this.#next(packet)));
    parser.on("error", (error: Error) => this.#violate("malformed packet", error.message));
    stream.on("data", (data: Buffer) => {
      if (this.#over) return;
      const left = parser.parse(data);
      if (left > mostPacketBytes) this.#violate("packet", `more than ${mostPacketBytes} bytes`);
    });
    stream.on("error", () => this.end("the connection broke"));
    stream.on("close", () => this.end("the client closed the connection"));
    this.#watchSilence();
  }

  /** Ends the connection without a word. */
  end(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelSilence();
    this.#cancelExpiry();
    this.#record("connection", why);
    this.#session?.ended();
    this.#stream.destroy();
  }

  isSubscribed(filter: string): boolean {
    return !this.#over && this.#granted.has(filter);
  }

  /** @returns whether the client has subscribed to `filter` */
  deliver(filter: string, topic: string, payload: string): boolean {
    const qos = this.#granted.get(filter);
    if (qos === undefined || this.#over) return false;
    this.#record(`sent ${topic.split("?")[0]}`, `QoS ${qos}`);
    const message = { cmd: "publish" as const, topic, payload, qos, dup: false, retain: false };
    this.#send(qos === 0 ? message : { ...message, messageId: this.#nextMessageId() });
    return true;
  }

  #first(packet: Packet): void {
    if (this.#over) return;
    if (packet.cmd !== "connect") this.#violate(packet.cmd, "the first packet is no CONNECT");
    else if (packet.will !== undefined) this.#violate("CONNECT", "a will");
    else this.#connect(packet);
  }

  #connect(packet: IConnectPacket): void {
    const fault = this.#service.faults.take("connect");
    if (fault !== undefined && "cut" in fault) this.end("cut by a test");
    else if (fault !== undefined) this.#refuse({ connack: fault.connack, why: "injected by a test" });
    else {
      const answer = this.#judge(packet);
      if ("connack" in answer) this.#refuse(answer);
      else this.#welcome(packet, answer);
    }
  }

  #judge(packet: IConnectPacket): Admission | Refusal {
    if (packet.protocolId !== "MQTT" || packet.protocolVersion !== 4)
      return { connack: 1, why: "it is not MQTT 3.1.1", violation: true };
    return this.#service.admit(packet, this.#certificate);
  }

  #welcome({ keepalive = 0 }: IConnectPacket, { who, expiry, granted, open }: Admission): void {
    this.#who = who;
    this.#granted = granted;
    const seconds = keepalive === 0 ? longestKeepAlive : Math.min(keepalive, longestKeepAlive);
    this.#keepAlive = seconds * 1500;
    this.#watchSilence();
    if (expiry !== undefined) this.#endAt(expiry);
    this.#record("CONNECT", "accepted");
    this.#send({ cmd: "connack", returnCode: 0, sessionPresent: granted.size > 0 });
    this.#session = open(this);
  }

  #endAt(expiry: number): void {
    const { clock } = this.#service;
    const rest = expiry - clock.now();
    if (rest <= 0) this.end("the token has ended");
    else this.#cancelExpiry = clock.after(Math.min(rest, maxTimer), () => this.#endAt(expiry));
  }

  #refuse({ connack, why, violation }: Refusal): void {
    if (violation) this.#service.journal.violation({ ...this.#place("CONNECT"), why });
    this.#record("CONNECT", `CONNACK ${connack}: ${why}`);
    this.#over = true;
    this.#cancelSilence();
    this.#stream.end(mqtt.generate({ cmd: "connack", returnCode: connack, sessionPresent: false }));
  }

  #next(packet: Packet): void {
    const session = this.#session;
    if (this.#over || session === undefined) return;
    this.#watchSilence();
    if (packet.cmd === "publish") this.#publish(session, packet);
    else if (packet.cmd === "subscribe") this.#subscribe(session, packet);
    else if (packet.cmd === "unsubscribe") {
      for (const filter of packet.unsubscriptions) this.#granted.delete(filter);
      this.#record(`UNSUBSCRIBE ${packet.unsubscriptions.join()}`, "accepted");
      this.#send({ cmd: "unsuback", messageId: packet.messageId ?? 0, granted: [] });
    } else if (packet.cmd === "pingreq") this.#ping();
    else if (packet.cmd === "disconnect") this.end("the client said DISCONNECT");
    else if (packet.cmd !== "puback") this.#violate(packet.cmd, "a packet that no client of IoT Hub sends");
  }

  #publish(session: Session, packet: IPublishPacket): void {
    const what = `PUBLISH ${packet.topic}`;
    const problem = brokenRule(packet) ?? session.publish(packet);
    if (problem === undefined) {
      this.#record(what, "accepted");
      if (packet.qos === 1) this.#send({ cmd: "puback", messageId: packet.messageId ?? 0 });
    } else if ("cut" in problem) this.end(problem.cut);
    else this.#violate(what, problem.violation);
  }

  #subscribe(session: Session, { subscriptions, messageId = 0 }: ISubscribePacket): void {
    const unknown = subscriptions.find(({ topic, qos }) => qos === 2 || !session.filters.includes(topic));
    if (unknown !== undefined) {
      const why = unknown.qos === 2 ? "QoS 2" : "a topic that IoT Hub does not have for this client";
      this.#violate(`SUBSCRIBE ${unknown.topic}`, why);
      return;
    }
    for (const { topic, qos } of subscriptions) {
      this.#granted.set(topic, qos === 0 ? 0 : 1);
      this.#record(`SUBSCRIBE ${topic}`, "accepted");
    }
    this.#send({ cmd: "suback", messageId, granted: subscriptions.map(({ qos }) => qos) });
    session.subscribed();
  }

  #ping(): void {
    const silent = this.#service.faults.take("ping") !== undefined;
    this.#record("PINGREQ", silent ? "no answer, by a test" : "accepted");
    if (!silent) this.#send({ cmd: "pingresp" });
  }

  #send(packet: Packet): void {
    if (this.#stream.writable) this.#stream.write(mqtt.generate(packet));
  }

  #watchSilence(): void {
    this.#cancelSilence();
    this.#cancelSilence = this.#service.clock.after(this.#keepAlive, () => this.end("silent for too long"));
  }

  #nextMessageId(): number {
    this.#messageId = (this.#messageId % 65_535) + 1;
    return this.#messageId;
  }

  #violate(what: string, why: string): void {
    if (this.#over) return;
    this.#service.journal.violation({ ...this.#place(what), why });
    this.end(why);
  }

  #record(what: string, outcome: string): void {
    this.#service.journal.record({ ...this.#place(what), outcome });
  }

  #place(what: string) {
    return { host: this.#service.hostName, channel: "mqtt" as const, who: this.#who, what };
  }
}

function brokenRule({ qos, retain }: IPublishPacket): PublishProblem | undefined {
  if (qos === 2) return { violation: "QoS 2" };
  return retain ? { violation: "retain" } : undefined;
}
