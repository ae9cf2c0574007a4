import { EventEmitter, once } from "node:events";
import { connect as connectTls } from "node:tls";
import mqtt, { type IConnectPacket, type Packet } from "mqtt-packet";
import type { Installation } from "./installation.ts";

export const userName = (clientId: string, host = "hub.test") => `${host}/${clientId}/?api-version=2021-04-12`;

/** A client that sends what it is told, right or wrong. */
export interface RawMqtt {
  readonly received: readonly Packet[];
  send(...packets: Packet[]): void;
  sendBytes(bytes: Buffer): void;
  /** Waits for a packet with this command, and takes it away. */
  next(cmd: Packet["cmd"]): Promise<Packet>;
  /** Waits until the server has ended the connection. */
  closed(): Promise<void>;
  end(): void;
}

export async function openMqtt({ fake, ports }: Installation, serverName = "hub.test"): Promise<RawMqtt> {
  const socket = connectTls({ port: ports.mqtt, host: "127.0.0.1", servername: serverName, ca: fake.caPem });
  const received: Packet[] = [];
  const arrivals = new EventEmitter();
  const parser = mqtt.parser({ protocolVersion: 4 });
  parser.on("packet", (packet: Packet) => {
    received.push(packet);
    arrivals.emit("packet");
  });
  socket.on("data", (data) => void parser.parse(data));
  socket.on("error", () => {});
  // A reset is an end as well.
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  const cutOff = closed.then(() => Promise.reject(new Error(`cut off after ${JSON.stringify(received)}`)));
  cutOff.catch(() => {});
  await once(socket, "secureConnect");

  async function next(cmd: Packet["cmd"]): Promise<Packet> {
    for (;;) {
      const at = received.findIndex((packet) => packet.cmd === cmd);
      const [packet] = at < 0 ? [] : received.splice(at, 1);
      if (packet !== undefined) return packet;
      await Promise.race([once(arrivals, "packet"), cutOff]);
    }
  }

  return {
    received,
    send: (...packets) => {
      for (const packet of packets) socket.write(mqtt.generate(packet));
    },
    sendBytes: (bytes) => void socket.write(bytes),
    next,
    closed: () => closed,
    end: () => socket.destroy(),
  };
}

export function connectPacket(clientId: string, password: string, more: Partial<IConnectPacket> = {}): IConnectPacket {
  return {
    ...{ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60, clientId },
    ...{ username: userName(clientId), password: Buffer.from(password) },
    ...more,
  };
}

/** Module `m1` of device `d1`, connected. */
export async function openModule(
  installation: Installation,
  more: Partial<IConnectPacket> = {},
  seconds = 3600,
): Promise<RawMqtt> {
  const client = await openMqtt(installation);
  client.send(connectPacket("d1/m1", installation.token("devices/d1/modules/m1", { seconds }), more));
  expectAccepted(await client.next("connack"));
  return client;
}

export function expectAccepted(packet: Packet): void {
  if (packet.cmd !== "connack" || packet.returnCode !== 0) throw new Error(`refused: ${JSON.stringify(packet)}`);
}

export const publish = (topic: string, payload = "", more: object = {}): Packet => ({
  ...{ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false },
  ...more,
});

export const subscribe = (topic: string, qos: 0 | 1 | 2 = 0): Packet => ({
  ...{ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] },
});
