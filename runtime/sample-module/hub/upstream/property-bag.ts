/** What IoT Hub takes as one message, its properties included. */
const mostBytes = 256 * 1024;

/**
 * Why IoT Hub would end the connection over a message: then it has to be refused here, as it would be sent again and
 * again. Undefined where it is fine.
 */
export function flawOf(bag: string, payload: Uint8Array): string | undefined {
  if (Buffer.byteLength(bag) + payload.byteLength > mostBytes) return "a message of over 256 KB";
  try {
    for (const field of bag.split("&")) for (const part of field.split("=")) decodeURIComponent(part);
    return undefined;
  } catch {
    return "malformed properties";
  }
}
