import { badRequest } from "../http-error.ts";

const alphabet = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes base64 of RFC 4648 with its padding; Node's own decoder skips what it does not know.
 *
 * @param field for the message
 * @throws HttpError 400
 */
export function decodeBase64(field: string, text: string): Buffer {
  if (text.length % 4 !== 0 || !alphabet.test(text)) throw badRequest(`${field} is not base64`);
  return Buffer.from(text, "base64");
}
