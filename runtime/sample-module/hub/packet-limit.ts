import { Duplex, Transform } from "node:stream";

/** Of CONNECT, which a client sends before anybody knows who it is: ids, a user name and a token. */
const mostOfFirst = 16 * 1024;
/** More than the largest message of IoT Hub: 256 KB. */
const mostBytes = 300 * 1024;
/** Bytes of a packet's length at most. */
const mostDigits = 4;

/** A connection that ends with an error where a packet of MQTT on it is too large: the broker keeps each until it is whole. */
export function withPacketLimit(connection: Duplex): Duplex {
  const limit = packetLimit();
  connection.on("error", (error) => limit.destroy(error));
  return Duplex.from({ readable: connection.pipe(limit), writable: connection });
}

/** Passes bytes on, and looks at the length that each packet begins with. */
export function packetLimit(): Transform {
  let most = mostOfFirst;
  /** Bytes of the packet that are still to come; undefined while its beginning is read. */
  let rest: number | undefined;
  let length = 0;
  /** Of its beginning: the byte of its kind, and those of its length. */
  let read = 0;

  function begin(byte: number): void {
    if (read > 0) length += (byte & 0x7f) * 128 ** (read - 1);
    const isLast = read > 0 && byte < 0x80;
    if (length > most || (read === mostDigits && !isLast)) throw new Error(`a packet of over ${most} bytes`);
    read++;
    if (!isLast) return;
    [rest, length, read] = [length, 0, 0];
    most = mostBytes;
  }

  function look(data: Buffer): void {
    for (let at = 0; at < data.length; ) {
      if (rest === undefined) begin(data[at++] ?? 0);
      else {
        const passed = Math.min(rest, data.length - at);
        at += passed;
        rest -= passed;
      }
      if (rest === 0) rest = undefined;
    }
  }

  return new Transform({
    transform(data: Buffer, _, done) {
      try {
        look(data);
        done(null, data);
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
