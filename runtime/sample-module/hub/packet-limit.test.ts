import { once } from "node:events";
import { Duplex, PassThrough } from "node:stream";
import fc from "fast-check";
import mqtt, { type Packet } from "mqtt-packet";
import { expect, it } from "vitest";
import { packetLimit, withPacketLimit } from "./packet-limit.ts";

const connect = mqtt.generate({
  ...{ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60, clientId: "d/m" },
});
const ping = mqtt.generate({ cmd: "pingreq" });
const message = (bytes: number) =>
  mqtt.generate({ cmd: "publish", topic: "t", payload: Buffer.alloc(bytes), qos: 0, retain: false, dup: false });

/** What comes out, or why nothing more does. */
async function passed(pieces: readonly Buffer[]): Promise<Buffer | string> {
  const limit = packetLimit();
  for (const piece of pieces) limit.write(piece);
  limit.end();
  return Buffer.concat(await limit.toArray().catch((error: Error) => [Buffer.from(`!${error.message}`)]));
}
const text = async (pieces: readonly Buffer[]) => String(await passed(pieces));

it("passes packets on as they are, wherever they are cut", async () => {
  const bytes = Buffer.concat([connect, ping, message(0), message(120), message(20_000), ping]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      expect(await passed(pieces)).toEqual(bytes);
    }),
  );
});

it.each<[string, readonly Buffer[], string]>([
  ["the first one", [Buffer.from([0x10, 0x81, 0x80, 0x01])], "16384"],
  ["the first one, of another kind", [message(17_000)], "16384"],
  ["a later one", [connect, ping, message(300 * 1024)], "307200"],
  ["one whose length has no end", [Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01])], "16384"],
])("ends at a packet that is too large: %s", async (_, pieces, most) => {
  expect(await text(pieces)).toContain(`!a packet of over ${most} bytes`);
});

it("a connection goes on both ways, and ends with the reason", async () => {
  const [incoming, outgoing] = [new PassThrough(), new PassThrough()];
  const connection = withPacketLimit(Duplex.from({ readable: incoming, writable: outgoing }));
  const parser = mqtt.parser();
  const packets: Packet[] = [];
  parser.on("packet", (packet) => void packets.push(packet));
  connection.on("data", (data) => parser.parse(data));
  incoming.write(Buffer.concat([connect, ping]));
  await once(connection, "data");
  connection.write(ping);
  expect((await once(outgoing, "data"))[0]).toEqual(ping);
  expect(packets.map(({ cmd }) => cmd)).toEqual(["connect", "pingreq"]);
  incoming.write(message(400_000));
  expect((await once(connection, "error"))[0]).toMatchObject({ message: "a packet of over 307200 bytes" });
});
