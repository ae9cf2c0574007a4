import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import mqtt from "mqtt-packet";
import { expect, it } from "vitest";
import { limitPackets, packetMeter } from "./packet-limit.ts";

const connect = mqtt.generate({
  ...{ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60, clientId: "d/m" },
});
const ping = mqtt.generate({ cmd: "pingreq" });
const message = (bytes: number) =>
  mqtt.generate({ cmd: "publish", topic: "t", payload: Buffer.alloc(bytes), qos: 0, retain: false, dup: false });

function look(pieces: readonly Buffer[]): void {
  const meter = packetMeter();
  for (const piece of pieces) meter(piece);
}

it("takes packets as they are, wherever they are cut, and finds the one that is too large", () => {
  const bytes = Buffer.concat([connect, ping, message(0), message(120), message(20_000), ping]);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      look(pieces);
      expect(() => look([...pieces, message(310_000)])).toThrow("a packet of over 307200 bytes");
    }),
  );
});

it.each<[string, readonly Buffer[], string]>([
  ["the first one", [Buffer.from([0x10, 0x81, 0x80, 0x01])], "16384"],
  ["the first one, of another kind", [message(17_000)], "16384"],
  ["a later one", [connect, ping, message(300 * 1024)], "307200"],
  ["one whose length has no end", [Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01])], "16384"],
])("throws at a packet that is too large: %s", (_, pieces, most) => {
  expect(() => look(pieces)).toThrow(`a packet of over ${most} bytes`);
});

it("a connection is read by the broker alone, and ends with the reason", async () => {
  const connection = new PassThrough();
  const taken: Buffer[] = [];
  connection.on("readable", () => {
    for (let data = connection.read(); data !== null; data = connection.read()) taken.push(data);
  });
  limitPackets(connection);
  connection.write(Buffer.concat([connect, ping]));
  await once(connection, "readable");
  await setImmediate();
  expect(Buffer.concat(taken)).toEqual(Buffer.concat([connect, ping]));
  connection.write(message(400_000));
  expect((await once(connection, "error"))[0]).toMatchObject({ message: "a packet of over 307200 bytes" });
});
