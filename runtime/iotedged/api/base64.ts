/** What base64 of RFC 4648 with its padding is made of. */
const alphabet = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Whether a text is base64 of RFC 4648 with its padding: JSON schema's format `byte`. Node's decoder skips what it does not
 * know, and that of ajv-formats takes any text that has one line of base64.
 */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && alphabet.test(text);
}
