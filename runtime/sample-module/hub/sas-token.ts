/** A token of IoT Hub's kind: `SharedAccessSignature sr=...&sig=...&se=...`. */
export interface SasToken {
  /** What it is for, such as `hub/devices/line-1/modules/sensor`. */
  readonly resource: string;
  /** End, in milliseconds since 1970. */
  readonly expiry: number;
  /** The text that was signed. */
  readonly signed: string;
  /** HMAC-SHA256 of it. */
  readonly signature: Buffer;
}

const scheme = "SharedAccessSignature ";
const maxLength = 4096;
const required = ["sr", "sig", "se"] as const;
const digits = /^[0-9]{1,12}$/;
const base64 = /^[A-Za-z0-9+/]{43}=$/;

/** Reads a token; undefined for anything else. Says nothing about whether it is genuine. */
export function parseSasToken(text: string): SasToken | undefined {
  if (text.length > maxLength || !text.startsWith(scheme)) return undefined;
  const fields = new Map<string, string>();
  for (const field of text.slice(scheme.length).split("&")) {
    const [name = "", ...rest] = field.split("=");
    if (fields.has(name)) return undefined;
    fields.set(name, rest.join("="));
  }
  const [sr, sig, se] = required.map((name) => fields.get(name));
  if (sr === undefined || sig === undefined || se === undefined || !digits.test(se)) return undefined;
  const [resource, signature] = [decoded(sr), decoded(sig)];
  if (resource === undefined || signature === undefined || !base64.test(signature)) return undefined;
  return { resource, expiry: Number(se) * 1000, signed: `${sr}\n${se}`, signature: Buffer.from(signature, "base64") };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
