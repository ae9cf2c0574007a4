/** What IoT Hub takes as one message, its properties included. */
const mostBytes = 256 * 1024;
/** MQTT has room for 65 535 bytes of a topic, which begins with the ids of device and module. */
const mostBagBytes = 65_535 - 300;

/**
 * Why IoT Hub would end the connection over a message: then it has to be refused here, as it would be sent again and
 * again. Undefined where it is fine.
 */
export function flawOf(bag: string, payload: Uint8Array): string | undefined {
  // More than came with the topic: bytes that are no UTF-8 have become others.
  const bagBytes = Buffer.byteLength(bag);
  if (bagBytes > mostBagBytes) return "properties of over 64 KB";
  if (bagBytes + payload.byteLength > mostBytes) return "a message of over 256 KB";
  if (bag.includes("\0")) return "malformed properties";
  try {
    for (const field of bag.split("&")) for (const part of field.split("=")) decodeURIComponent(part);
    return undefined;
  } catch {
    return "malformed properties";
  }
}
