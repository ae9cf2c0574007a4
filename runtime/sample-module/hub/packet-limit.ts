import type { Duplex } from "node:stream";

/** Of CONNECT, which a client sends before anybody knows who it is: ids, a user name and a token. */
const mostOfFirst = 16 * 1024;
/** More than the largest message of IoT Hub: 256 KB. */
const mostBytes = 300 * 1024;
/** Bytes of a packet's length at most. */
const mostDigits = 4;

/**
 * Ends a connection with an error where a packet of MQTT on it is too large: the broker keeps each until it is whole.
 *
 * @param connection that the broker reads already: it is looked at, and nothing is taken from it or put between
 */
export function limitPackets(connection: Duplex): void {
  const look = packetMeter();
  connection.on("data", (data: Buffer) => {
    try {
      look(data);
    } catch (error) {
      connection.destroy(error as Error);
    }
  });
}

/** Is given the bytes of a connection as they come, and throws at the length of a packet that is too large. */
export function packetMeter(): (data: Buffer) => void {
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

  return (data) => {
    for (let at = 0; at < data.length; ) {
      if (rest === undefined) begin(data[at++] ?? 0);
      else {
        const passed = Math.min(rest, data.length - at);
        at += passed;
        rest -= passed;
      }
      if (rest === 0) rest = undefined;
    }
  };
}
