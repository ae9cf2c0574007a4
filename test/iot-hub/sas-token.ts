import { createHmac } from "node:crypto";

/** A token's fields as they were sent; `resource` is the encoded text that is signed. */
export interface SasToken {
  readonly resource: string;
  readonly signature: string;
  /** Seconds since the epoch. */
  readonly expiry: number;
  readonly keyName: string | undefined;
}

/** For whom a token has to be. */
export interface Audience {
  /** Host name or scope first, then path segments with their ids; compared without case. */
  readonly segments: readonly string[];
  /** Name of the policy, when it has to be one's. */
  readonly keyName: string | undefined;
}

const scheme = "SharedAccessSignature ";
const fields = new Set(["sr", "sig", "se", "skn"]);

/** Base64 of what belongs into `sig`. */
export function sasSignature(key: Buffer, resource: string, expiry: number | string): string {
  return createHmac("sha256", key).update(`${resource}\n${expiry}`).digest("base64");
}

/** Makes a token as the SDKs of Node and Python do: each resource encoded once. */
export function createSasToken(options: { resource: string; key: string; expiry: number; keyName?: string }): string {
  const resource = encodeURIComponent(options.resource);
  const signature = sasSignature(Buffer.from(options.key, "base64"), resource, options.expiry);
  const keyName = options.keyName === undefined ? "" : `&skn=${options.keyName}`;
  return `${scheme}sr=${resource}&sig=${encodeURIComponent(signature)}&se=${options.expiry}${keyName}`;
}

/** @returns undefined for what is no token: a field missing, twice or unknown, or a time that is no whole number */
export function parseSasToken(text: string): SasToken | undefined {
  if (!text.startsWith(scheme)) return undefined;
  const found = new Map<string, string>();
  for (const field of text.slice(scheme.length).split("&")) {
    const at = field.indexOf("=");
    const name = field.slice(0, at);
    if (at < 0 || !fields.has(name) || found.has(name)) return undefined;
    found.set(name, field.slice(at + 1));
  }
  const [resource, signature, expiry] = [found.get("sr"), found.get("sig"), found.get("se")];
  if (resource === undefined || signature === undefined || expiry === undefined || !/^\d{1,12}$/.test(expiry))
    return undefined;
  return { resource, signature, expiry: Number(expiry), keyName: found.get("skn") };
}

/**
 * Judges a token by IoT Hub's rules.
 *
 * @param keys in base64; one of them has to have signed
 * @param now milliseconds since the epoch
 * @returns the token, or why it is refused
 */
export function judgeSasToken(
  text: string,
  audience: Audience,
  keys: readonly string[],
  now: number,
): { readonly token: SasToken } | { readonly refused: string } {
  const token = parseSasToken(text);
  if (token === undefined) return { refused: "malformed token" };
  if (token.keyName !== audience.keyName) return { refused: "name of the key" };
  if (!isFor(token.resource, audience.segments)) return { refused: "audience" };
  if (token.expiry * 1000 <= now) return { refused: "expired" };
  const signature = decoded(token.signature);
  const signed = keys.some(
    (key) => sasSignature(Buffer.from(key, "base64"), token.resource, token.expiry) === signature,
  );
  return signed ? { token } : { refused: "signature" };
}

/** Clients encode ids once or twice: `$` comes as `%24` or as `%2524`. */
function isFor(resource: string, segments: readonly string[]): boolean {
  const parts = decoded(resource.replaceAll("+", "%20"))?.split("/").map(decoded);
  return (
    parts?.length === segments.length &&
    segments.every((segment, index) => parts[index]?.toLowerCase() === segment.toLowerCase())
  );
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
